import { usePage, usePageState } from './context';
import { inFocus } from './jobs';
import type { PageState } from './session';

/** Adds a method of the catalogue that takes as many inputs as are shown. */
export function Picker() {
  const state = usePageState();
  const { session, host } = usePage();
  const title = inFocus(state.request).length > 1 ? 'Add measure' : 'Add method';
  const choose = async () => {
    try {
      const method = await host.pickMethod({ title, methods: fitting(state).map(({ id }) => id) });
      if (method === null) return;
      session.add([{ method }]);
      session.open(session.state.request.methods.length - 1);
    } catch (error) {
      session.report(error);
    }
  };
  return (
    <vscode-button class="picker" appearance="secondary" onClick={choose}>
      {title}…
    </vscode-button>
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
