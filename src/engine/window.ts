import type { ReadOptions } from '../data/tensor';
import { readWindow } from '../data/window';
import { UserError } from '../protocol/errors';
import type { Range } from '../protocol/slice';
import type { WindowCell, WindowRequest, WindowValues } from '../protocol/window';
import type { OpenFile } from './open-files';

/** More values than any screen shows. */
const most = 65_536;
/** Bytes that may be decoded for what is in sight. */
const limit = 256 << 20;

/**
 * The values of a rectangle: of a plane of a tensor, or of rows and columns of a table, text included.
 * @throws UserError when it is not there, is too large, or cannot be read.
 */
export async function windowOf(file: OpenFile, request: WindowRequest): Promise<WindowValues> {
  const { tensor, slice, rows, columns } = request;
  const cells = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  if (!(cells >= 0 && cells <= most)) throw new UserError(`${cells} values were asked for; at most ${most} are.`);
  const description = file.data.describe();
  if (tensor === null && description.columns) {
    return { rows, columns, values: await tableCells(file, rows, columns) };
  }
  const found = description.tensors.find(({ name }) => name === tensor);
  if (found?.unusable !== undefined && found.shape.length === 1) {
    // Names, of units or rows: text has no other reader.
    const { values } = await file.column(tensor);
    return { rows, columns, values: Array.from(values.slice(...rows), cell) };
  }
  const values = await readWindow(file.data, tensor, slice, [rows, columns], { limit });
  return { rows, columns, values: Array.from(values, cell) };
}

async function tableCells(file: OpenFile, rows: Range, range: Range): Promise<WindowCell[]> {
  const columns = (file.data.describe().columns ?? []).slice(...range);
  const height = rows[1] - rows[0];
  const width = columns.length;
  const cells = new Array<WindowCell>(height * width).fill('');
  const put = (column: number, value: (row: number) => WindowCell) => {
    for (let i = 0; i < height; i++) cells[i * width + column] = value(i);
  };
  const numeric = [...columns.keys()].filter((j) => columns[j]?.numeric);
  const numbers = await readNumbers(file, columns, numeric, { rows, limit });
  for (const [j, { name }] of columns.entries()) {
    const at = numeric.indexOf(j);
    if (numbers && at >= 0) {
      put(j, (i) => cell(numbers[i * numeric.length + at] as number));
      continue;
    }
    // Lists and nested values have a tensor of their own, or none: here they are only told.
    const values = await file.column(name).then(
      (column) => column.values,
      (error: unknown) => {
        if (error instanceof UserError) return null;
        throw error;
      },
    );
    put(j, (i) => (values === null ? '…' : cell(values[rows[0] + i] ?? '')));
  }
  return cells;
}

/** Undefined where a column of numbers has a text in it: then it is shown as it stands. */
async function readNumbers(
  file: OpenFile,
  columns: readonly { readonly name: string }[],
  numeric: readonly number[],
  options: ReadOptions,
): Promise<Float32Array | Float64Array | undefined> {
  if (numeric.length === 0) return undefined;
  const names = numeric.map((j) => (columns[j] as { name: string }).name);
  try {
    return (await file.data.read(null, { ...options, columns: names })).data;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** As JSON can hold it. */
function cell(value: number | string): WindowCell {
  if (typeof value === 'string') return value;
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
}
