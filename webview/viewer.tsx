import { render } from 'preact';
import type { FileDescription } from '../src/protocol/engine';
import { messageOf } from '../src/protocol/errors';
import type { ViewerApi, ViewerEvents, ViewerState } from '../src/protocol/viewer';
import { FilesContext } from './context';
import { dismissHovers, keepFocus } from './focus';
import { Guard, Problem, watchErrors } from './guard';
import { connect } from './host';
import { Kept, KeptContext, keepScroll, keptOf } from './kept';
import { Skeleton } from './skeleton';
import './styles/base.css';
import './styles/controls.css';
import './styles/page.css';
import './styles/tables.css';
import './styles/figures.css';
import './styles/viewer.css';
import './styles/grid.css';
import { registerControls } from './ui';
import { ViewerPage } from './viewer/page';
import { Refusal } from './viewer/refusal';
import { ViewStore } from './viewer/store';
import { ViewContext } from './viewer/view';

const connection = connect<ViewerApi, ViewerEvents>();
const { host } = connection;
const root = document.getElementById('root') ?? document.body;
let store: ViewStore | undefined;
/** Of a file that was read before, nothing is kept any more. */
let leave = () => {};

watchErrors(report);
registerControls();
keepFocus();
dismissHovers();
connection.listen({
  progress: ({ job, progress }) => store?.progress(job, progress),
  show: ({ tensor }) => store?.choose({ tensor }),
  changed: ({ missing }) => {
    if (store) store.setChanged(missing ? 'missing' : 'changed');
    else if (!missing) void start();
  },
});
void start();

async function start(): Promise<void> {
  store = undefined;
  render(
    <main aria-busy="true" aria-label="Loading">
      <Skeleton />
    </main>,
    root,
  );
  try {
    const state = await host.ready();
    if (!('problem' in state.file)) {
      show(state, state.file);
      return;
    }
    const { title, file } = state;
    const onRead = (read: FileDescription, raw: string) => {
      const choice = { tensor: null, raw };
      host.choose(choice).catch(report);
      show({ ...state, choice }, read);
    };
    render(<Refusal {...{ title, host, onRead }} problem={file.problem} again={() => void start()} />, root);
  } catch (error) {
    render(<Problem error={error} again={() => void start()} />, root);
  }
}

function show(state: ViewerState, file: FileDescription): void {
  const ready = new ViewStore(host, state, file);
  store = ready;
  const files = { host, session: ready };
  const of = [file.path, file.bytes];
  const kept: Kept = new Kept(keptOf(connection.kept(), of), () => connection.keep({ of, view: kept.values }));
  render(
    <ViewContext.Provider value={ready}>
      <FilesContext.Provider value={files}>
        <KeptContext.Provider value={kept}>
          <Guard report={report}>
            <ViewerPage reload={() => void start()} />
          </Guard>
        </KeptContext.Provider>
      </FilesContext.Provider>
    </ViewContext.Provider>,
    root,
  );
  leave();
  leave = keepScroll(kept);
}

function report(error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined;
  host.report({ message: messageOf(error), ...(stack && { stack }) }).catch(() => {});
}
