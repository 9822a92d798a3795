import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Engine } from './engine';
import type { Guard } from './errors';

/** What every part of the host may use. */
export interface Services {
  readonly context: ExtensionContext;
  readonly engine: Engine;
  readonly log: LogOutputChannel;
  readonly guard: Guard;
}
