import { UserError } from '../protocol/errors';
import { rawUnknown } from '../protocol/formats';
import { count, dims, plural, some } from '../protocol/words';
import { elements, type Layout } from './array';
import { containerFile, describeArray } from './container';
import { numericDtype } from './dtype';
import type { Format } from './format';
import type { FileSource } from './source';

const form = 'Give type and shape, as float32:450x64, or >int16:1000x8@128 (big-endian, from byte 128)';
const common = ['float32', 'float64', 'float16', 'int16', 'uint8'];
/** Numbers of units that networks often have. */
const widths = [4096, 2048, 1536, 1024, 768, 512, 384, 300, 256, 128, 100, 64, 50, 32, 16, 10, 8, 4, 3, 2];

/**
 * Raw bytes as one array: `[<|>]dtype:AxBx...[@byte]`, row-major; the dtypes are NumPy's names. The array has to end where the
 * file does, because a wrong shape shows in nothing else.
 * @throws UserError when the specification is absent or none, or the file has another size.
 */
export const raw: Format = {
  id: 'raw',
  title: 'raw bytes',
  async open(source, options) {
    if (options.raw === undefined) await refuseModel(source);
    const layout = parseRaw(source, options.raw);
    return containerFile(source, 'raw', [{ description: describeArray(null, layout), layout }]);
  },
};

/** The first four bytes of fastText's models, whose .bin has more than vectors. */
const fastTextModel = 793712314;

async function refuseModel(source: FileSource): Promise<void> {
  const head = await source.head(4);
  if (head.length === 4 && head.readInt32LE(0) === fastTextModel)
    throw new UserError(
      `${source.name}: this is a model of fastText, which is not read. Open the .vec file beside it.`,
    );
}

function parseRaw(source: FileSource, spec: string | undefined): Layout {
  const { name, size } = source;
  if (spec === undefined) throw new UserError(`${name}: ${rawUnknown}. ${form}. ${wouldFit(size)}`);
  const match = /^([<>]?)([a-z][a-z0-9_]{0,31}):(\d{1,15}(?:x\d{1,15}){0,63})(?:@(\d{1,15}))?$/i.exec(spec.trim());
  if (!match) throw new UserError(`${name}: '${spec.slice(0, 80)}' says no type and shape. ${form}.`);
  const [, order, type = '', sizes = '', at = '0'] = match;
  const dtype = numericDtype(type.toLowerCase());
  if (!dtype)
    throw new UserError(`${name}: '${type}' is no type of numbers. NumPy's names are known: ${some(common)}.`);
  const shape = sizes.toLowerCase().split('x').map(Number);
  const offset = Number(at);
  const bytes = elements(shape, dtype.itemsize, name) * dtype.itemsize;
  if (bytes === 0) throw new UserError(`${name}: ${dims(shape)} values are none; every size must be at least 1.`);
  if (offset + bytes !== size) {
    const where = offset > 0 ? ` from byte ${count(offset)}` : '';
    const fit = size > offset ? ` ${wouldFit(size - offset, dtype.name)}` : '';
    throw new UserError(
      `${name}: ${dims(shape)} ${dtype.name} values are ${count(bytes)} bytes; the file has ${count(Math.max(0, size - offset))}${where}.${fit}`,
    );
  }
  return { source, offset, shape, dtype, fortran: false, bigEndian: order === '>' };
}

/** Which shapes a number of bytes could have: "115,200 bytes would be 28,800 float32 values (450x64, ...), ...". */
function wouldFit(bytes: number, only?: string): string {
  const fits = (only === undefined ? common : [only, ...common.filter((name) => name !== only)]).flatMap((name) => {
    const itemsize = numericDtype(name)?.itemsize ?? 1;
    if (bytes % itemsize !== 0) return [];
    const values = bytes / itemsize;
    const shapes = widths.filter((width) => values % width === 0 && values / width > 1).slice(0, 3);
    const list = shapes.map((width) => `${values / width}x${width}`).join(', ');
    return [`${plural(values, `${name} value`)}${list === '' ? '' : ` (${list})`}`];
  });
  return `${count(bytes)} bytes would be ${fits.slice(0, 3).join(', or ')}.`;
}
