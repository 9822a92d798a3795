/**
 * An error meant to be read by the person who caused it. The message is one sentence or two: what was wrong, where
 * (file, tensor, row or byte; expected and found), and what to do. Everything else that is thrown is a bug of ours.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(message: string) {
    super(legible(message));
  }
}

const longest = 1600;
/** Control characters, and those that turn the direction of text; line breaks stay. */
const hidden = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Names in a message come from files of strangers: what would not be seen is shown, and what is endless is cut. */
function legible(message: string): string {
  const text =
    message.length > longest ? `${message.slice(0, longest / 2 - 3)} … ${message.slice(-longest / 2)}` : message;
  return text.replace(hidden, '\uFFFD');
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

/** `subject`, "m.onnx is", is a model that was to be run. */
export function notTrusted(subject: string): UserError {
  return new UserError(
    `${subject} not run: this workspace is not trusted, and a model is a program. Trust the workspace (Workspaces: ` +
      'Manage Workspace Trust) and try again; reading data files needs no trust.',
  );
}
