import { Component, type ComponentChildren } from 'preact';
import { messageOf } from '../src/protocol/errors';

/** Errors that nobody caught go to the host's log. */
export function watchErrors(report: (error: unknown) => void): void {
  window.addEventListener('error', (event) => report(event.error ?? event.message));
  window.addEventListener('unhandledrejection', (event) => report(event.reason));
}

export function Problem({ error, again }: { error: unknown; again: () => void }) {
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

interface GuardProps {
  readonly children: ComponentChildren;
  report(error: unknown): void;
}

/** A part that cannot be drawn is reported and said; the page does not just go blank. */
export class Guard extends Component<GuardProps, { error: unknown }> {
  override state = { error: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ error });
    this.props.report(error);
  }

  override render() {
    const { error } = this.state;
    return error ? <Problem error={error} again={() => this.setState({ error: null })} /> : this.props.children;
  }
}
