import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { FileSource, Signal } from '../source';
import { FlatTable, Malformed } from './flatbuffer';
import { type Field, fieldsOf } from './schema';

/** Where a message lies. */
export interface Place {
  readonly metadata: number;
  readonly length: number;
  readonly body: number;
  readonly bodyLength: number;
}

export interface Batch extends Place {
  readonly rows: number;
}

export interface Contents {
  readonly fields: readonly Field[];
  readonly batches: readonly Batch[];
  readonly dictionaries: readonly (Place & { readonly id: number })[];
}

const magic = 'ARROW1';
/** Longest metadata of a message or a file: a schema of 100,000 columns takes some 10 MB. */
const longest = 64 << 20;
const mostMessages = 1_000_000;
const continuation = 0xffffffff;
const kinds = { schema: 1, dictionary: 2, batch: 3 };

/**
 * Finds the schema and the batches of an Arrow file, by its footer, or of a stream, message by message; values are not read.
 * @throws UserError when it is none, cut off or damaged.
 */
export async function readContents(source: FileSource, signal?: Signal): Promise<Contents> {
  try {
    const head = await source.head(8);
    if (head.toString('latin1').startsWith('FEA1'))
      throw new UserError(
        `${source.name}: this is Feather of version 1. Save it again with version 2 (pandas.DataFrame.to_feather).`,
      );
    return head.toString('latin1').startsWith(magic)
      ? await readFooter(source, signal)
      : await readStream(source, signal);
  } catch (error) {
    if (error instanceof Malformed)
      throw new UserError(`${source.name} cannot be read: ${error.message}. Save it again, or copy it anew.`);
    throw error;
  }
}

async function readFooter(source: FileSource, signal?: Signal): Promise<Contents> {
  const { size } = source;
  const end = await bytes(source, Math.max(0, size - 10), Math.min(10, size));
  if (size < 24 || end.toString('latin1', 4) !== magic) throw new Malformed('it has no footer: it is cut off');
  const length = end.readInt32LE(0);
  if (length <= 0 || length > longest || length + 18 > size) throw new Malformed('its footer has a wrong length');
  const footer = FlatTable.root(await bytes(source, size - 10 - length, length));
  const schema = footer.table(1);
  if (!schema) throw new Malformed('it has no schema');
  const places = (field: number) =>
    footer
      .structs(field, 24, [{ at: 0 }, { at: 8, half: true }, { at: 16 }])
      .map(([metadata = 0, length = 0, bodyLength = 0]) => ({ metadata, length, body: metadata + length, bodyLength }));
  const batches: Batch[] = [];
  for (const place of places(3))
    batches.push({ ...place, rows: (await batchAt(source, place, kinds.batch, signal)).long(0) });
  const dictionaries = [];
  for (const place of places(2))
    dictionaries.push({ ...place, id: (await batchAt(source, place, kinds.dictionary, signal)).long(0) });
  return { fields: fieldsOf(schema), batches: checked(batches), dictionaries };
}

async function readStream(source: FileSource, signal?: Signal): Promise<Contents> {
  let fields: Field[] | undefined;
  const batches: Batch[] = [];
  const dictionaries: (Place & { id: number })[] = [];
  for (let at = 0, messages = 0; at < source.size; messages++) {
    if (messages > mostMessages) throw new Malformed('it has more than a million messages');
    const prefix = await bytes(source, at, Math.min(8, source.size - at));
    const old = prefix.length < 8 || prefix.readUInt32LE(0) !== continuation;
    const length = prefix.length < 4 ? -1 : prefix.length < 8 || old ? prefix.readInt32LE(0) : prefix.readInt32LE(4);
    if (length === 0) break;
    const header = old ? 4 : 8;
    if (length < 0 || length > longest) throw new Malformed(`at byte ${count(at)} begins no message of Arrow's`);
    const message = FlatTable.root(await bytes(source, at + header, length));
    const bodyLength = message.long(3);
    const place = { metadata: at, length: header + length, body: at + header + length, bodyLength };
    if (bodyLength < 0 || place.body + bodyLength > source.size)
      throw new Malformed(`the message at byte ${count(at)} reaches beyond the end: it is cut off`);
    const kind = message.number(1, 'i8');
    const content = message.table(2);
    signal?.throwIfAborted();
    if (content && kind === kinds.schema && !fields) fields = fieldsOf(content);
    else if (content && kind === kinds.batch) batches.push({ ...place, rows: content.long(0) });
    else if (content && kind === kinds.dictionary) {
      const id = content.long(0);
      const isDelta = (content.number(2, 'i8') & 1) === 1;
      if (!isDelta && dictionaries.some((known) => known.id === id))
        throw new Malformed('it exchanges a dictionary midway, which is not read');
      dictionaries.push({ ...place, id });
    }
    at = place.body + bodyLength;
  }
  if (!fields) throw new Malformed('it has no schema');
  return { fields, batches: checked(batches), dictionaries };
}

function checked(batches: readonly Batch[]): readonly Batch[] {
  const total = batches.reduce((sum, { rows }) => (rows < 0 ? NaN : sum + rows), 0);
  if (!Number.isSafeInteger(total)) throw new Malformed('it counts its rows wrongly');
  return batches;
}

/** What the message says of its body. @param kind of message that it has to be. */
export async function batchAt(source: FileSource, place: Place, kind: number, signal?: Signal): Promise<FlatTable> {
  signal?.throwIfAborted();
  const { metadata, length, body, bodyLength } = place;
  if (metadata < 0 || length < 8 || length > longest || bodyLength < 0 || body + bodyLength > source.size)
    throw new Malformed(`the message at byte ${count(metadata)} reaches beyond the end: it is cut off`);
  const all = await bytes(source, metadata, length);
  const message = FlatTable.root(all.subarray(all.readUInt32LE(0) === continuation ? 8 : 4));
  const content = message.table(2);
  if (message.number(1, 'i8') !== kind || !content)
    throw new Malformed(`at byte ${count(metadata)} is another message`);
  return content;
}

export async function recordBatch(source: FileSource, batch: Place, signal?: Signal): Promise<FlatTable> {
  return batchAt(source, batch, kinds.batch, signal);
}

export async function dictionaryBatch(source: FileSource, place: Place, signal?: Signal): Promise<FlatTable> {
  const data = (await batchAt(source, place, kinds.dictionary, signal)).table(1);
  if (!data) throw new Malformed('a dictionary has no values');
  return data;
}

async function bytes(source: FileSource, at: number, length: number): Promise<Buffer> {
  if (at < 0 || at + length > source.size) throw new Malformed('it is cut off');
  const out = Buffer.alloc(length);
  await source.read(out, at);
  return out;
}
