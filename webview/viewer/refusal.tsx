import type { ViewerApi } from '../../src/protocol/viewer';

interface RefusalProps {
  readonly title: string;
  readonly problem: string;
  readonly host: ViewerApi;
  again(): void;
}

/** Why a file cannot be shown, and what else can be done with it. */
export function Refusal({ title, problem, host, again }: RefusalProps) {
  return (
    <main class="refusal">
      <h1>{title} cannot be shown</h1>
      <p role="alert">{problem}</p>
      <p class="bar">
        <vscode-button appearance="secondary" onClick={() => void host.openOtherwise().catch(() => {})}>
          Open with another editor…
        </vscode-button>
        <vscode-button appearance="secondary" onClick={again}>
          Try again
        </vscode-button>
      </p>
    </main>
  );
}
