import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { UserError } from '../protocol/errors';
import { free } from './memory';
import { onnxruntime, sessionThreads } from './runtime';

/** A typed array in row-major order, as a model's inputs and outputs are. */
export interface ModelTensor {
  /** onnxruntime's name of the type: float32, int64, float16, bool... */
  readonly type: string;
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly shape: readonly number[];
}

/** A model that is ready to run, with weights of its own. */
export interface ModelSession {
  /** @throws what onnxruntime says: shapes that do not fit, memory that cannot be had. */
  run(inputs: Readonly<Record<string, ModelTensor>>, outputs: readonly string[]): Promise<Record<string, ModelTensor>>;
  close(): Promise<void>;
}

/**
 * Makes a session of a model's bytes, with as many threads as products use.
 * @param folder where files with weights lie that the model names.
 * @param provider what runs the model; `cpu` is always there.
 * @throws UserError for a provider that this build does not have; what onnxruntime says against the model.
 */
export async function openModel(bytes: Uint8Array, folder: string, provider: string): Promise<ModelSession> {
  const { InferenceSession: Session, Tensor: Value, listSupportedBackends } = await onnxruntime();
  const known = listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider))
    throw new UserError(
      `There is no execution provider "${provider}" in this build of onnxruntime; it has ${known.join(', ')}. Choose one of them.`,
    );
  const session: InferenceSession = await Session.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: sessionThreads(),
    interOpNumThreads: 1,
    extra: {
      session: {
        intra_op: { allow_spinning: '0' },
        model_external_initializers_file_folder_path: folder,
      },
    },
    logSeverityLevel: 4,
  });
  return {
    async run(inputs, outputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { type, data, shape }]) => [
          name,
          new Value(type as never, data as never, shape),
        ]),
      );
      const made = await session.run(feeds, outputs);
      return Object.fromEntries(
        Object.entries(made).map(([name, tensor]: [string, Tensor]) => [
          name,
          { type: tensor.type, data: tensor.data as ArrayLike<number>, shape: tensor.dims },
        ]),
      );
    },
    close: () => session.release(),
  };
}

/** Gives back the memory of what a model made, which nobody may read any more. onnxruntime takes fresh memory for every run. */
export function release(tensors: readonly ModelTensor[]): void {
  free(...tensors.flatMap(({ data }) => (ArrayBuffer.isView(data) ? [data] : [])));
}
