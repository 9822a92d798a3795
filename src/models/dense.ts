import { join } from 'node:path';
import { readRepresentation } from '../data/representation';
import type { Signal } from '../data/source';
import { type Real, reals } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { count, dims } from '../protocol/words';
import { exists, readFields } from './json';

/** A layer that follows the pooling of a sentence-transformers model: activation(x W' + b). */
export interface Dense {
  /** Its folder, for the steps of a result. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs, row-major. */
  readonly weights: Real;
  /** One for each output; absent where there is none. */
  readonly bias?: Real;
  readonly activation: Activation;
}

type Activation = 'Identity' | 'Tanh' | 'ReLU' | 'Sigmoid' | 'SiLU';

const activations: Readonly<Record<Activation, (x: number) => number>> = {
  Identity: (x) => x,
  Tanh: Math.tanh,
  ReLU: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  SiLU: (x) => x / (1 + Math.exp(-x)),
};

const instead = 'Or leave such layers out (dense no; --set dense=false).';

/**
 * The Dense module in `inner` of a model's folder: `config.json`, and `linear.weight` and `linear.bias` of `model.safetensors` or
 * `pytorch_model.bin`.
 * @throws UserError where one is missing, does not fit, or asks for an activation that is none of those known.
 */
export async function readDense(
  folder: string,
  inner: string,
  options: { readonly limit: number; readonly signal: Signal },
): Promise<Dense> {
  const own = join(folder, inner);
  const fields = await readFields(join(own, 'config.json'));
  if (!fields) throw new UserError(`${own}: there is no config.json. Copy the whole folder of the model. ${instead}`);
  // What sentence-transformers takes where nothing is said.
  const { activation_function: named = 'Tanh', bias: biased = true } = fields;
  const activation = String(named).split('.').at(-1) ?? '';
  if (!isKnown(activation))
    throw new UserError(
      `${join(own, 'config.json')}: the activation ${activation} is none of ${Object.keys(activations).join(', ')}. ${instead}`,
    );
  const files = ['model.safetensors', 'pytorch_model.bin'].map((name) => join(own, name));
  const path = (await exists(files[0] as string)) ? files[0] : files[1];
  if (path === undefined || !(await exists(path)))
    throw new UserError(
      `${own}: there is neither model.safetensors nor pytorch_model.bin. Copy the whole folder of the model. ${instead}`,
    );
  const read = (tensor: string) => readRepresentation({ path, tensor }, folder, options);
  const { matrix, shape } = await read('linear.weight');
  const { rows: outputs, columns: inputs, data: weights } = matrix;
  const wide = fields.in_features;
  if (shape.length !== 2 || (typeof wide === 'number' && wide !== inputs))
    throw new UserError(
      `${path}: 'linear.weight' is ${dims(shape)}; units made x units taken${typeof wide === 'number' ? ` (${count(wide)})` : ''} were expected. ${instead}`,
    );
  if (biased === false) return { name: inner, inputs, outputs, weights, activation };
  const { matrix: bias } = await read('linear.bias');
  if (bias.data.length !== outputs)
    throw new UserError(
      `${path}: 'linear.bias' has ${count(bias.data.length)} values; ${count(outputs)} were expected. ${instead}`,
    );
  return { name: inner, inputs, outputs, weights, bias: bias.data, activation };
}

function isKnown(name: string): name is Activation {
  return Object.hasOwn(activations, name);
}

/** rows x inputs -> rows x outputs, of the same precision; sums are taken in double precision. */
export function applyDense({ inputs, outputs, weights, bias, activation }: Dense, data: Real): Real {
  const rows = data.length / inputs;
  const out = reals(rows * outputs, data instanceof Float64Array);
  const act = activations[activation];
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < outputs; j++) {
      let sum = bias?.[j] ?? 0;
      for (let k = 0; k < inputs; k++) sum += (data[row * inputs + k] as number) * (weights[j * inputs + k] as number);
      out[row * outputs + j] = act(sum);
    }
  }
  return out;
}
