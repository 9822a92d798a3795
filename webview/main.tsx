import { render } from 'preact';
import { messageOf } from '../src/protocol/errors';
import { type Part, withParts } from '../src/protocol/opening';
import type { HostApi, PageEvents } from '../src/protocol/webview';
import { FilesContext, PageContext } from './context';
import { dismissHovers, keepFocus } from './focus';
import { Guard, Problem, watchErrors } from './guard';
import { connect } from './host';
import { Kept, KeptContext, keepScroll, keptOf } from './kept';
import { PageView } from './page';
import { Session } from './session';
import { Skeleton } from './skeleton';
import './styles/base.css';
import './styles/controls.css';
import './styles/page.css';
import './styles/tables.css';
import './styles/figures.css';
import './styles/units.css';
import './styles/space.css';
import { registerControls } from './ui';

const connection = connect<HostApi, PageEvents>();
const { host } = connection;
const root = document.getElementById('root') ?? document.body;
let session: Session | undefined;
let kept = new Kept({}, () => {});
/** Commands that came before there was anything to command. */
const early: PageEvents['command']['name'][] = [];
/** How often the host has asked for the export menu. */
let summons = 0;

watchErrors(report);
registerControls();
keepFocus();
dismissHovers();
/** What came of the analysis, and who waits for the rest. */
let parts: Part[] = [];
let came = () => {};
connection.listen({
  part: (part) => {
    parts.push(part);
    came();
  },
  progress: ({ job, progress }) => session?.progress(job, progress),
  inputs: (inputs) => session?.setInputs(inputs),
  command: ({ name }) => {
    if (session) obey(name, session);
    else early.push(name);
  },
});
void start();

async function start(): Promise<void> {
  render(<Loading />, root);
  try {
    parts = [];
    const opening = await host.ready();
    while (parts.length < opening.parts) await new Promise<void>((resolve) => (came = resolve));
    const analysis = withParts(opening.analysis, parts);
    const before = connection.kept() ?? opening.kept;
    const ready = new Session(host, { ...opening, analysis }, openOf(before));
    session = ready;
    const remember = () => {
      const { request, open } = ready.state;
      connection.keep({ request, open, of: request.inputs, view: kept.values });
    };
    kept = new Kept(keptOf(before, ready.state.request.inputs), remember);
    remember();
    ready.subscribe(remember);
    draw();
    keepScroll(kept);
    for (const name of early.splice(0)) obey(name, ready);
  } catch (error) {
    render(<Problem error={error} again={() => void start()} />, root);
  }
}

function obey(name: PageEvents['command']['name'], session: Session): void {
  if (name === 'rerun') session.rerun();
  if (name === 'save') save().catch(report);
  if (name === 'export') {
    summons++;
    draw();
  }
}

function save() {
  return host.save(connection.kept());
}

function draw(): void {
  if (!session) return;
  render(
    <PageContext.Provider value={{ session, host, save }}>
      <FilesContext.Provider value={{ session, host }}>
        <KeptContext.Provider value={kept}>
          <Guard report={report}>
            <PageView summons={summons} />
          </Guard>
        </KeptContext.Provider>
      </FilesContext.Provider>
    </PageContext.Provider>,
    root,
  );
}

/** From the state that the page kept, if it did: which method was open. The request comes from the host. */
function openOf(kept: unknown): number | null | undefined {
  if (typeof kept !== 'object' || kept === null || !('open' in kept)) return undefined;
  return typeof kept.open === 'number' ? kept.open : null;
}

function report(error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined;
  host.report({ message: messageOf(error), ...(stack && { stack }) }).catch(() => {});
}

function Loading() {
  return (
    <main aria-busy="true" aria-label="Loading">
      <Skeleton />
    </main>
  );
}
