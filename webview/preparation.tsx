import { useEffect, useState } from 'preact/hooks';
import type { PreparationDescription } from '../src/protocol/engine';
import { messageOf } from '../src/protocol/errors';
import type { InputSpec, LayerSpec } from '../src/protocol/result';
import { usePage, usePageState } from './context';
import { Fields } from './form';
import { baseName } from './format';
import { fieldText, preparationGiven } from './parameters';

/** Where inputs are layers of models: how their data is brought to them, step by step, to be read and changed. */
export function PreparationView() {
  const { inputs } = usePageState().request;
  const layers = inputs.filter(isLayer);
  if (layers.length === 0) return null;
  const models = [...new Set(layers.map(({ path }) => path))].map((path) =>
    layers.filter((layer) => layer.path === path),
  );
  return (
    <section class="preparation" aria-labelledby="preparation-heading">
      <h2 id="preparation-heading">What the models are given</h2>
      {models.map((own) => (
        <ModelData key={own[0]?.path} layers={own} named={models.length > 1} />
      ))}
    </section>
  );
}

function isLayer(input: InputSpec): input is InputSpec & LayerSpec {
  return input.model !== undefined;
}

/** One model, whatever data its layers are run on: all of it is prepared alike. */
function ModelData({ layers, named }: { layers: readonly LayerSpec[]; named: boolean }) {
  const { session } = usePage();
  const layer = layers[0] as LayerSpec;
  const { path, model } = layer;
  const [editing, setEditing] = useState(false);
  const { description, problem } = useDescription(layer);
  const given = preparationGiven(model);
  const data = new Set(layers.flatMap((one) => one.model.data.map(dataName)));
  return (
    <section class="model-data" aria-label={nameOf(path)}>
      <p>
        {named && <strong>{nameOf(path)}: </strong>}
        {[...data].join(', ')}
        {description && (
          <button type="button" class="quiet" aria-expanded={editing} onClick={() => setEditing(!editing)}>
            {editing ? 'Done' : 'Edit'}
          </button>
        )}
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {description && !editing && <Steps description={description} />}
      {description && editing && (
        <Fields
          schema={description.parameters}
          parameters={given}
          onChange={(change) => session.setPreparation(path, change)}
        />
      )}
    </section>
  );
}

function dataName({ input, path, tensor }: LayerSpec['model']['data'][number]): string {
  const file = `${baseName(path)}${tensor ? `#${tensor}` : ''}`;
  return input ? `${input} from ${file}` : file;
}

/** Every step with its value, in the order in which they are done. */
function Steps({ description: { parameters, values } }: { description: PreparationDescription }) {
  const { reduce, ...before } = parameters.properties;
  return (
    <ol>
      {Object.entries({ ...before, ...(reduce && { reduce }) }).map(([key, property]) => (
        <li key={key} title={property.description}>
          <span class="caption">{property.title ?? key}</span> {stepText(values[key])}
        </li>
      ))}
    </ol>
  );
}

function stepText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  return fieldText(value) || 'none';
}

/** As the engine reads it from the files of the model; what was known stays while it is asked again. */
function useDescription(layer: LayerSpec) {
  const { host } = usePage();
  const [state, setState] = useState<{ description?: PreparationDescription; problem?: string }>({});
  const key = JSON.stringify([layer.path, layer.model]);
  useEffect(() => {
    let current = true;
    const { path, model } = layer;
    host.preparation({ path, model }).then(
      (description) => current && setState({ description }),
      (error: unknown) => current && setState((old) => ({ ...old, problem: messageOf(error) })),
    );
    return () => {
      current = false;
    };
  }, [host, key]);
  return state;
}

/** The file and the folder that tells encoders apart: model.onnx lies in onnx/ of each. */
function nameOf(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== 'onnx');
  return parts.at(-1) === 'model.onnx' ? parts.slice(-2).join('/') : (parts.at(-1) ?? path);
}
