import { Matrix } from './matrix';
import { rowLoops } from './row-loops';
import { placeOfLargest } from './vectors';

/**
 * e^xᵢⱼ / Σₖ e^xᵢₖ, in float64, and where each row is largest, the first of equal places. Values are to be finite.
 * @param memory where the quotients are to be
 */
export function softmaxRows(
  x: Matrix,
  memory: Float64Array = new Float64Array(x.data.length),
): { readonly matrix: Matrix<Float64Array>; readonly largest: Int32Array } {
  const { rows, columns } = x;
  const [out, largest] = [new Matrix(memory.subarray(0, x.data.length), rows, columns), new Int32Array(rows)];
  const { block, vectors, sums, exponentials, projectRows, divideRows } = rowLoops(columns);
  vectors[0].fill(1);
  const height = block.length / columns;
  for (let start = 0; start < rows; start += height) {
    const part = x.slice(start, Math.min(rows, start + height)).data;
    block.set(part);
    for (let i = 0; i * columns < part.length; i++) {
      const place = placeOfLargest(block, i * columns, (i + 1) * columns);
      largest[start + i] = place - i * columns;
      sums[i] = block[place] as number;
    }
    exponentials(part.length);
    projectRows(part.length);
    divideRows(part.length);
    out.data.set(block.subarray(0, part.length), start * columns);
  }
  return { matrix: out, largest };
}
