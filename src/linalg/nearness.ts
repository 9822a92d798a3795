import type { Graph } from './onnx';
import { SERIAL } from './products';
import { runGraph } from './runtime';

/** Values of which the least is found with them, so that most of them are never looked at. */
export const WIDTH = 16;

/** What is put after the last row lies behind every other. */
const FAR = 1e30;

/** Rows in float32, with half the square of the length of each. Behind the last lie {@link WIDTH} that are far from all. */
export interface Cloud {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  readonly halves: Float32Array;
}

/** Room for so many rows; those that are never written are far. */
export function cloud(rows: number, columns: number): Cloud {
  const data = new Float32Array((rows + WIDTH) * columns);
  return { rows, columns, data, halves: new Float32Array(rows + WIDTH).fill(FAR) };
}

/** Half the square of the length of rows `start` to `end`, from their values. */
export function measureRows({ data, columns, halves }: Cloud, start: number, end: number): void {
  for (let i = start, at = start * columns; i < end; i++) {
    let sum = 0;
    for (const last = at + columns; at < last; at++) sum += (data[at] as number) ** 2;
    halves[i] = sum / 2;
  }
}

/** The rows at these places. */
export function takeRows(from: Cloud, places: ArrayLike<number>): Cloud {
  const { columns } = from;
  const out = cloud(places.length, columns);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    out.data.set(from.data.subarray(place * columns, (place + 1) * columns), i * columns);
    out.halves[i] = from.halves[place] as number;
  }
  return out;
}

/**
 * How near rows are to others: half the square of the distance, less half the square of the length of the row that asks. From
 * place `i * stride` on in `values` for row i of those that ask, and the least of each {@link WIDTH} of them in `least`.
 */
export class Nearness {
  private values = new Float32Array();
  private least = new Float32Array();

  /**
   * @param asking rows x columns
   * @param others of which rows `start` to `end` are compared, and up to WIDTH - 1 more that are to be passed over
   */
  async between(asking: Float32Array, count: number, others: Cloud, start: number, end: number) {
    const { columns } = others;
    const blocks = Math.ceil((end - start) / WIDTH);
    const stride = blocks * WIDTH;
    if (this.values.length < count * stride) {
      this.values = new Float32Array(count * stride);
      this.least = new Float32Array(count * blocks);
    } else if (this.least.length < count * blocks) this.least = new Float32Array(count * blocks);
    const { values, least } = this;
    await runGraph(
      'nearness',
      graph,
      {
        a: { data: asking.subarray(0, count * columns), shape: [count, columns] },
        b: { data: others.data.subarray(start * columns, (start + stride) * columns), shape: [stride, columns] },
        halves: { data: others.halves.subarray(start, start + stride), shape: [1, stride] },
      },
      {
        into: {
          c: { data: values.subarray(0, count * stride), shape: [count, stride] },
          least: { data: least.subarray(0, count * blocks), shape: [count * blocks] },
        },
        serial: count * stride * columns <= SERIAL,
      },
    );
    return { values, least, blocks, stride };
  }
}

export type Near = Awaited<ReturnType<Nearness['between']>>;

/** Halves less products, and the least of each so many. */
function graph(): Graph {
  return {
    nodes: [
      {
        ...{ op: 'Gemm', inputs: ['a', 'b', 'halves'], outputs: ['c'] },
        attributes: { transB: 1, alpha: { float: -1 } },
      },
      { op: 'Reshape', inputs: ['c', 'by'], outputs: ['parted'] },
      { op: 'ReduceMin', inputs: ['parted'], outputs: ['least'], attributes: { axes: [1], keepdims: 0 } },
    ],
    inputs: ['a', 'b', 'halves'].map((name) => ({ name, element: 'float32', shape: [`${name}0`, `${name}1`] })),
    outputs: [
      { name: 'c', element: 'float32', shape: ['c0', 'c1'] },
      { name: 'least', element: 'float32', shape: ['l'] },
    ],
    integers: { by: [-1, WIDTH] },
  };
}
