import type { Readable, Writable } from 'node:stream';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  ErrorCodes,
  Message,
  type ResponseMessage,
} from 'vscode-jsonrpc/node';
import { messageOf } from '../protocol/errors';

/** Characters that a message may take; what is longer ends the connection. */
const LONGEST = 8 * 2 ** 20;

/** Messages of JSON-RPC, one a line. */
export class LineReader extends AbstractMessageReader {
  /**
   * @param writer takes the answers to what is no message.
   * @param heard what a message of the other side's is to the connection.
   */
  constructor(
    private readonly stream: Readable,
    private readonly writer: LineWriter,
    private readonly heard: (message: Message) => Message,
  ) {
    super();
  }

  listen(callback: DataCallback) {
    let rest = '';
    const read = (chunk: string) => {
      // What was read before is not searched again.
      const lines = chunk.split('\n');
      lines[0] = rest + lines[0];
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.parse(line, callback);
      if (rest.length <= LONGEST) return;
      this.refuse(ErrorCodes.ParseError, `A message is longer than ${LONGEST} characters.`);
      this.fireClose();
    };
    const close = () => this.fireClose();
    this.stream.setEncoding('utf8').on('data', read).on('end', close);
    return { dispose: () => void this.stream.off('data', read).off('end', close) };
  }

  /** What is no message is answered with an error, and passed over. */
  private parse(line: string, callback: DataCallback): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch (error) {
      this.refuse(ErrorCodes.ParseError, messageOf(error));
      return;
    }
    if (!isMessage(message)) {
      const { id } = Object(message);
      const named = typeof id === 'string' || typeof id === 'number';
      this.refuse(ErrorCodes.InvalidRequest, expected, named ? id : null);
      return;
    }
    try {
      callback(this.heard(message));
    } catch {
      // A cancellation that names no request; nobody waits for an answer to that.
    }
  }

  private refuse(code: number, message: string, id: ResponseMessage['id'] = null): void {
    const answer: ResponseMessage = { jsonrpc: '2.0', id, error: { code, message } };
    void this.writer.write(answer);
  }
}

const expected =
  'A message is one JSON object. One that asks has a method, which is a string, and an id, which is a string or a number.';

/** Whether it asks, tells or answers something. Answers are never answered, whatever they look like. */
function isMessage(value: unknown): value is Message {
  const { result, error } = Object(value);
  const message = value as Message;
  return result !== undefined || error !== undefined || Message.isRequest(message) || Message.isNotification(message);
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
