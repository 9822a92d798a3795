/**
 * An error meant to be read by the person who caused it. The message is one sentence or two: what was wrong, where
 * (file, tensor, row or byte; expected and found), and what to do. Everything else that is thrown is a bug of ours.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The job was cancelled by the person; never shown as a failure. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('Cancelled.');
  }
}

/** The process that computes went away while the job ran. */
export class EngineLost extends Error {
  override readonly name = 'EngineLost';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
