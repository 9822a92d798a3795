import type { CentredLayer } from './centred-layer';
import { Matrix } from './matrix';
import type { Graph, GraphNode } from './onnx';
import { PER_CALL, SERIAL } from './products';
import { type Block, runGraph } from './runtime';
import type { Watch } from './signal';

/** Memory of one tile of all Gram matrices; the graph holds it three times over. */
const TILE_BYTES = 8e6;
const LARGEST_TILE = 1024;
/** Tiles along the diagonal, of which one half is made in vain, unless they would be smaller than products are fast. */
const FEWEST_TILES = 8;
const LEAST_TILE = 128;

/**
 * ⟨XᵢXᵢᵀ, YⱼYⱼᵀ⟩ for all pairs, by tiles of the Gram matrices on and above the diagonal. One graph makes a tile of every
 * layer's Gram matrix, lays them side by side and multiplies them with each other, so that only the sums come back:
 * n² Σp operations, and no Gram matrix is ever whole.
 */
export async function sampleSideNorms(
  rows: readonly CentredLayer[],
  columns: readonly CentredLayer[] | null,
  double: boolean,
  { signal, progress }: Watch,
): Promise<Matrix<Float64Array>> {
  const given = [...rows, ...(columns ?? [])];
  const made = new Map(Array.from(new Set(given), (layer) => [layer, layer.whole(double)]));
  const layers = given.map((layer) => made.get(layer) as Matrix);
  const out = Matrix.zeros(rows.length, (columns ?? rows).length);
  const n = layers[0]?.rows ?? 0;
  const width = layers.reduce((sum, layer) => sum + layer.columns, 0);
  const ideal = Math.min(
    LARGEST_TILE,
    Math.sqrt(TILE_BYTES / ((double ? 8 : 4) * layers.length)),
    Math.sqrt(PER_CALL / width),
  );
  const tiles = Math.max(Math.ceil(n / Math.max(1, ideal)), Math.min(FEWEST_TILES, Math.floor(n / LEAST_TILE)));
  const edge = (tile: number) => Math.round((tile * n) / tiles);
  const total = (tiles * (tiles + 1)) / 2;
  const serial = n * n * width <= SERIAL;
  const name = `gram sweep ${double} ${rows.length} ${layers.length}`;
  for (let i = 0, done = 0; i < tiles; i++) {
    for (let j = i; j < tiles; j++, done++) {
      signal?.throwIfAborted();
      progress?.(done / total, 'Gram matrices, tile by tile');
      const inputs: Record<string, Block> = {};
      for (const [l, layer] of layers.entries()) {
        inputs[`x${l}`] = block(layer.slice(edge(i), edge(i + 1)));
        inputs[`y${l}`] = block(layer.slice(edge(j), edge(j + 1)));
      }
      const { sums } = await runGraph(name, () => tileGraph(layers.length, rows.length, double), inputs, { serial });
      const values = sums?.data as Float64Array;
      const weight = i === j ? 1 : 2;
      for (let k = 0; k < values.length; k++) out.data[k] = (out.data[k] as number) + weight * (values[k] as number);
    }
  }
  return out;
}

function block(m: Matrix): Block {
  return { data: m.data, shape: [m.rows, m.columns] };
}

/**
 * Inputs x0, y0, x1, ...: rows I and rows J of each layer. K[s, l, t] is the inner product of row s of I with row t of J
 * in layer l; K Kᵀ for each s is a sum over t alone, short enough for float32, and the sum over s is taken in float64.
 */
function tileGraph(count: number, rowCount: number, double: boolean): Graph {
  const nodes: GraphNode[] = [];
  const layers = Array.from({ length: count }, (_, l) => l);
  const element = double ? 'float64' : 'float32';
  const inputs = layers.flatMap((l) =>
    ['x', 'y'].map((side) => ({ name: `${side}${l}`, element, shape: [side, `p${l}`] }) as const),
  );
  for (const l of layers) {
    nodes.push({ op: 'Gemm', inputs: [`x${l}`, `y${l}`], outputs: [`k${l}`], attributes: { transB: 1 } });
    nodes.push({ op: 'Reshape', inputs: [`k${l}`, 'shape'], outputs: [`r${l}`] });
  }
  const stack = (name: string, start: number, end: number) => {
    const parts = layers.map((l) => `r${l}`).slice(start, end);
    nodes.push({ op: 'Concat', inputs: parts, outputs: [name], attributes: { axis: 1 } });
  };
  const pair = rowCount < count;
  stack('left', 0, rowCount);
  if (pair) stack('right', rowCount, count);
  nodes.push(
    { op: 'Transpose', inputs: [pair ? 'right' : 'left'], outputs: ['turned'], attributes: { perm: [0, 2, 1] } },
    { op: 'MatMul', inputs: ['left', 'turned'], outputs: ['partial'] },
    { op: 'Cast', inputs: ['partial'], outputs: ['partial64'], attributes: { to: 11 } },
    { op: 'ReduceSum', inputs: ['partial64', 'first'], outputs: ['sums'], attributes: { keepdims: 0 } },
  );
  return {
    nodes,
    inputs,
    outputs: [{ name: 'sums', element: 'float64', shape: ['rows', 'columns'] }],
    integers: { shape: [0, 1, -1], first: [0] },
  };
}
