import { Matrix } from './matrix';
import type { Graph, GraphNode } from './onnx';
import { PER_CALL, SERIAL } from './products';
import { type Block, runGraph } from './runtime';
import type { Watch } from './signal';

/** Memory of one tile of all Gram matrices; the graph holds it three times over. */
const TILE_BYTES = 8e6;
const LARGEST_TILE = 1024;

/**
 * ⟨XᵢXᵢᵀ, YⱼYⱼᵀ⟩ for all pairs, by tiles of the Gram matrices on and above the diagonal. One graph makes a tile of every
 * layer's Gram matrix, lays them side by side and multiplies them with each other, so that only the sums come back:
 * n² Σp operations, and no Gram matrix is ever whole.
 */
export async function sampleSideNorms(
  rows: readonly Matrix[],
  columns: readonly Matrix[] | null,
  double: boolean,
  { signal, progress }: Watch,
): Promise<Matrix<Float64Array>> {
  const layers = [...rows, ...(columns ?? [])];
  const out = Matrix.zeros(rows.length, (columns ?? rows).length);
  const n = layers[0]?.rows ?? 0;
  const width = layers.reduce((sum, layer) => sum + layer.columns, 0);
  const ideal = Math.min(
    LARGEST_TILE,
    Math.sqrt(TILE_BYTES / ((double ? 8 : 4) * layers.length)),
    Math.sqrt(PER_CALL / width),
  );
  const tiles = Math.ceil(n / Math.max(1, ideal));
  const edge = (tile: number) => Math.round((tile * n) / tiles);
  const total = (tiles * (tiles + 1)) / 2;
  const types = layers.map((layer) => (layer.isDouble ? 'd' : 'f')).join('');
  const serial = n * n * width <= SERIAL;
  const name = `gram sweep ${double} ${rows.length} ${types}`;
  for (let i = 0, done = 0; i < tiles; i++) {
    for (let j = i; j < tiles; j++, done++) {
      signal?.throwIfAborted();
      progress?.(done / total, 'Gram matrices, tile by tile');
      const inputs: Record<string, Block> = {};
      for (const [l, layer] of layers.entries()) {
        inputs[`x${l}`] = block(layer.slice(edge(i), edge(i + 1)));
        inputs[`y${l}`] = block(layer.slice(edge(j), edge(j + 1)));
      }
      const { sums } = await runGraph(name, () => tileGraph(layers, rows.length, double), inputs, { serial });
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
function tileGraph(layers: readonly Matrix[], rowCount: number, double: boolean): Graph {
  const nodes: GraphNode[] = [];
  const inputs = layers.flatMap((layer, l) => {
    const element = layer.isDouble ? ('float64' as const) : ('float32' as const);
    return ['x', 'y'].map((side) => ({ name: `${side}${l}`, element, shape: [side, `p${l}`] }));
  });
  for (const [l, layer] of layers.entries()) {
    const cast = double && !layer.isDouble;
    for (const side of cast ? ['x', 'y'] : []) {
      nodes.push({ op: 'Cast', inputs: [`${side}${l}`], outputs: [`${side}d${l}`], attributes: { to: 11 } });
    }
    const factors = cast ? [`xd${l}`, `yd${l}`] : [`x${l}`, `y${l}`];
    nodes.push({ op: 'Gemm', inputs: factors, outputs: [`k${l}`], attributes: { transB: 1 } });
    nodes.push({ op: 'Reshape', inputs: [`k${l}`, 'shape'], outputs: [`r${l}`] });
  }
  const stack = (name: string, start: number, end: number) => {
    const parts = layers.map((_, l) => `r${l}`).slice(start, end);
    nodes.push({ op: 'Concat', inputs: parts, outputs: [name], attributes: { axis: 1 } });
  };
  const pair = rowCount < layers.length;
  stack('left', 0, rowCount);
  if (pair) stack('right', rowCount, layers.length);
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
