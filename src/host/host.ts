import type { WebviewPanel } from 'vscode';
import type { Services } from './services';
import type { Session } from './session';

/** What commands and editors share. */
export interface Host extends Services {
  readonly sessions: Sessions;
}

/** The analyses that are open. */
export class Sessions {
  readonly #open = new Map<Session, WebviewPanel>();

  /** Until the panel is closed. */
  add(session: Session, panel: WebviewPanel): void {
    this.#open.set(session, panel);
    panel.onDidChangeViewState(() => panel.visible || session.pageGone());
    panel.onDidDispose(() => this.#open.delete(session));
  }

  get all(): readonly Session[] {
    return [...this.#open.keys()];
  }

  /** The one whose editor has the focus, or the only one in sight. */
  get active(): Session | undefined {
    const shown = [...this.#open].filter(([, panel]) => panel.visible);
    const focused = shown.find(([, panel]) => panel.active) ?? (shown.length === 1 ? shown[0] : undefined);
    return focused?.[0];
  }
}
