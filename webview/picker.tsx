import { usePage, usePageState } from './context';
import { inFocus } from './jobs';
import type { PageState } from './session';
import { textOf } from './ui';

/** Adds a method of the catalogue that takes as many inputs as are shown. */
export function Picker() {
  const state = usePageState();
  const { session } = usePage();
  const methods = fitting(state);
  const asked = new Set(state.request.methods.map(({ method }) => method));
  const title = inFocus(state.request).length > 1 ? 'Add measure' : 'Add method';
  return (
    <vscode-dropdown
      class="picker"
      aria-label={title}
      value=""
      onChange={(event) => {
        const method = textOf(event);
        if (!method) return;
        (event.currentTarget as HTMLInputElement).value = '';
        session.add([{ method }]);
        session.open(session.state.request.methods.length - 1);
      }}
    >
      <vscode-option value="">{title}…</vscode-option>
      {methods.map(({ id, title: name }) => (
        <vscode-option key={id} value={id}>
          {asked.has(id) ? `${name} (another variant)` : name}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}

/** In place of the table while no method is asked for. */
export function NoMethods() {
  const state = usePageState();
  const { session } = usePage();
  const recommended = fitting(state)
    .filter((method) => method.recommended !== undefined)
    .sort((a, b) => (a.recommended ?? 0) - (b.recommended ?? 0));
  return (
    <div class="pending">
      <p class="caption">Nothing is computed yet: choose what to compute.</p>
      {recommended.length > 0 && (
        <vscode-button onClick={() => session.add(recommended.map(({ id }) => ({ method: id })))}>
          Add the recommended ones
        </vscode-button>
      )}
    </div>
  );
}

function fitting({ catalogue, request }: PageState) {
  const several = inFocus(request).length > 1;
  return [...catalogue.values()].filter(({ takes, least }) =>
    several ? takes === 'pair' || takes === 'many' : takes === 'one' || least === 1,
  );
}
