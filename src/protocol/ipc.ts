import type { DataCallback, Disposable, Message } from 'vscode-jsonrpc';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { pack, unpack } from './packed';

// Both ends of the channel to the engine, forked with `serialization: 'advanced'`: what is long travels as bytes.

export class PackedWriter extends IPCMessageWriter {
  override write(message: Message): Promise<void> {
    return super.write(pack(message) as Message);
  }
}

export class PackedReader extends IPCMessageReader {
  override listen(callback: DataCallback): Disposable {
    return super.listen((message) => callback(unpack(message) as Message));
  }
}
