import type { Readable, Writable } from 'node:stream';
import { AbstractMessageReader, AbstractMessageWriter, type DataCallback, type Message } from 'vscode-jsonrpc/node';

/** Characters that a message may take; what is longer ends the connection. */
const LONGEST = 8 * 2 ** 20;

/** Messages of JSON-RPC, one a line. */
export class LineReader extends AbstractMessageReader {
  /** `heard`: what a message of the other side's is to the connection. */
  constructor(
    private readonly stream: Readable,
    private readonly heard: (message: Message) => Message,
  ) {
    super();
  }

  listen(callback: DataCallback) {
    let rest = '';
    const read = (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.parse(line, callback);
      if (rest.length <= LONGEST) return;
      this.fireError(new Error(`A message is longer than ${LONGEST} characters.`));
      this.fireClose();
    };
    const close = () => this.fireClose();
    this.stream.setEncoding('utf8').on('data', read).on('end', close);
    return { dispose: () => void this.stream.off('data', read).off('end', close) };
  }

  /** What is no message is told as an error, and passed over. */
  private parse(line: string, callback: DataCallback): void {
    try {
      const message: unknown = JSON.parse(line);
      const isObject = typeof message === 'object' && message !== null && !Array.isArray(message);
      if (!isObject) throw new Error('A message is one JSON object.');
      callback(this.heard(message as Message));
    } catch (error) {
      this.fireError(error);
    }
  }
}

export class LineWriter extends AbstractMessageWriter {
  constructor(private readonly stream: Writable) {
    super();
  }

  async write(message: Message): Promise<void> {
    this.stream.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {}
}
