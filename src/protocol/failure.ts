import { Cancelled, EngineLost, messageOf, UserError } from './errors';

/** An error as it crosses a process or a thread, where its class would be lost. */
export interface Failure {
  readonly kind: 'UserError' | 'Cancelled' | 'EngineLost' | 'bug';
  readonly message: string;
  /** Of a bug. */
  readonly stack?: string;
}

export function packError(error: unknown): Failure {
  const message = messageOf(error);
  if (error instanceof UserError || error instanceof Cancelled || error instanceof EngineLost) {
    return { kind: error.name, message };
  }
  return { kind: 'bug', message, ...(error instanceof Error && error.stack && { stack: error.stack }) };
}

/** An error of the class that was packed; for a bug a plain Error with the stack of where it happened. */
export function unpackError({ kind, message, stack }: Failure): Error {
  if (kind === 'UserError') return new UserError(message);
  if (kind === 'Cancelled') return new Cancelled();
  if (kind === 'EngineLost') return new EngineLost(message);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
