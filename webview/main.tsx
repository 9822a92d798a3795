import { Component, type ComponentChildren, render } from 'preact';
import { messageOf } from '../src/protocol/errors';
import type { PageEvents } from '../src/protocol/webview';
import { PageContext } from './context';
import { connect } from './host';
import { PageView, Skeleton } from './page';
import { Session } from './session';
import './styles/base.css';
import './styles/controls.css';
import './styles/page.css';
import './styles/tables.css';
import './styles/figures.css';
import { registerControls } from './ui';

const connection = connect();
const { host } = connection;
const root = document.getElementById('root') ?? document.body;
let session: Session | undefined;
/** Commands that came before there was anything to command. */
const early: PageEvents['command']['name'][] = [];
/** How often the host has asked for the export menu. */
let summons = 0;

watchErrors();
registerControls();
connection.listen({
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
    const ready = new Session(host, await host.ready(), openOf(connection.kept));
    session = ready;
    const remember = () => connection.keep({ request: ready.state.request, open: ready.state.open });
    remember();
    ready.subscribe(remember);
    draw();
    for (const name of early.splice(0)) obey(name, ready);
  } catch (error) {
    render(<Problem error={error} again={() => void start()} />, root);
  }
}

function obey(name: PageEvents['command']['name'], session: Session): void {
  if (name === 'rerun') session.rerun();
  if (name === 'save') host.save().catch(report);
  if (name === 'export') {
    summons++;
    draw();
  }
}

function draw(): void {
  if (!session) return;
  render(
    <PageContext.Provider value={{ session, host }}>
      <Guard>
        <PageView summons={summons} />
      </Guard>
    </PageContext.Provider>,
    root,
  );
}

/** From the state that the page kept: which method was open. The request comes from the host. */
function openOf(kept: unknown): number | null {
  const open = typeof kept === 'object' && kept !== null && 'open' in kept ? kept.open : null;
  return typeof open === 'number' ? open : null;
}

/** Errors that nobody caught go to the host's log. */
function watchErrors(): void {
  window.addEventListener('error', (event) => report(event.error ?? event.message));
  window.addEventListener('unhandledrejection', (event) => report(event.reason));
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

function Problem({ error, again }: { error: unknown; again: () => void }) {
  return (
    <main>
      <div class="pending">
        <p class="problem" role="alert">
          {messageOf(error)}
        </p>
        <vscode-button onClick={again}>Try again</vscode-button>
      </div>
    </main>
  );
}

/** A part that cannot be drawn is reported and said; the page does not just go blank. */
class Guard extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state = { error: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ error });
    report(error);
  }

  override render() {
    const { error } = this.state;
    return error ? <Problem error={error} again={() => this.setState({ error: null })} /> : this.props.children;
  }
}
