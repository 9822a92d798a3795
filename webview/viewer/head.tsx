import { baseName, bytes, plural } from '../format';
import { Menu } from '../menu';
import { isTable, tensorOf } from './store';
import { shapeText } from './tensors';
import { useStore, useView } from './view';

/** The file, what is shown of it at one glance, and what can be done with it. */
export function Head() {
  const state = useView();
  const store = useStore();
  const { title, file, choice } = state;
  const tensor = tensorOf(state);
  const several = file.tensors.length > 1;
  const usable = tensor !== undefined && tensor.unusable === undefined && tensor.shape.length > 0;
  return (
    <header class="head">
      <h1>
        {title}
        {several && choice.tensor !== null && (
          <>
            <span class="cross"> · </span>
            {choice.tensor}
          </>
        )}
      </h1>
      <ul class="chips" aria-label="What is shown">
        {tensor && <li>{shapeText(tensor.shape)}</li>}
        {tensor && !isTable(state) && <li>{tensor.dtype}</li>}
        {tensor && several && <li>{bytes(tensor.bytes)}</li>}
        <li>
          {several ? `${plural(file.tensors.length, 'tensor')}, ${bytes(file.bytes)}` : bytes(file.bytes)},{' '}
          {file.format}
        </li>
        {choice.units && <li>{plural(choice.units.length, 'unit')} chosen</li>}
      </ul>
      <div class="actions">
        <LabelsMenu />
        <vscode-button
          appearance="secondary"
          disabled={!usable}
          onClick={() => store.tell(store.host.compareWith(store.asked))}
        >
          Compare With…
        </vscode-button>
        <vscode-button
          appearance="secondary"
          disabled={!usable}
          onClick={() => store.tell(store.host.analyse(store.asked))}
        >
          Analyse
        </vscode-button>
      </div>
    </header>
  );
}

function LabelsMenu() {
  const store = useStore();
  const { labels } = useView().choice;
  const choose = async () => {
    try {
      const picked = await store.host.pickLabels();
      if (picked) store.choose({ labels: picked });
    } catch (error) {
      store.report(error);
    }
  };
  if (!labels) {
    return (
      <vscode-button appearance="secondary" onClick={choose}>
        Labels…
      </vscode-button>
    );
  }
  const items = [
    { title: 'Choose labels…', run: () => void choose() },
    { title: 'No labels', run: () => store.clear('labels') },
  ];
  return <Menu title={`Labels: ${labels.column ?? labels.tensor ?? baseName(labels.path)}`} items={items} />;
}
