import { UserError } from '../protocol/errors';
import { count, size } from '../protocol/words';
import { containerFile, type Member } from './container';
import type { Format } from './format';
import { readPickle } from './pickle';
import { PickleEnd, PickleError } from './pickle-bytes';
import { entryOf, type Pickled, PickledDict, PickledList } from './pickle-values';
import type { FileSource, Signal } from './source';
import type { DataFile } from './tensor';
import { type StorageBytes, torchMember } from './torch-members';
import { findTensors } from './torch-names';
import { type TorchStorage, torchStorage } from './torch-storage';
import { readZipEntries } from './zip';
import { openZipMember, type ZipMember } from './zip-member';

/** A pickle of descriptions: the values lie elsewhere. */
const longestPickle = 64 << 20;
const again = 'Save it again, or copy it anew.';
const zipStart = 'PK\x03\x04';
/** The magic number with which torch.save began before PyTorch 1.6, as a pickle of protocol 2 has it. */
const legacyMagic = 0x1950a86a20f9469cfc6cn;
const magicBytes = '\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.';
const legacyStart = `\x80\x02${magicBytes}`;

/**
 * Tensors of PyTorch, as torch.save and TorchScript write them: a pickle that describes them, and their storages. The
 * pickle is taken apart by a reader that knows tensors and containers; nothing in it is executed, and what else it holds
 * is named with its class.
 */
export const torch: Format = {
  id: 'torch',
  title: 'a PyTorch file',
  signatures: [legacyStart, zipStart],
  recognises(head, _, { raw }) {
    const text = head.toString('latin1');
    return raw === undefined && (text.startsWith(zipStart) || isLegacy(text));
  },
  async open(source) {
    const head = (await source.head(32)).toString('latin1');
    if (head.startsWith(zipStart)) return openArchive(source);
    if (isLegacy(head)) return openLegacy(source);
    throw new UserError(
      `${source.name}: torch.save did not write this file${head.startsWith('\x80') ? ' (it is some other pickle)' : ''}. ` +
        'Save the tensors with torch.save or safetensors.torch.save_file.',
    );
  },
};

/** Protocol 1 writes the number in decimal, protocols from 4 can put a frame around it. */
function isLegacy(head: string): boolean {
  if (head.startsWith(`L${legacyMagic}L\n.`)) return true;
  return head.startsWith('\x80') && [2, 11].some((at) => head.startsWith(magicBytes, at));
}

/** @throws UserError where the archive or the pickle is damaged, or torch.save did not write it. */
async function openArchive(source: FileSource): Promise<DataFile> {
  const entries = new Map((await readZipEntries(source)).map((entry) => [entry.name, entry]));
  const [list] = [...entries.keys()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const pickle = list === undefined ? undefined : entries.get(list);
  if (list === undefined || !pickle) {
    const arrays = [...entries.keys()].some((name) => name.endsWith('.npy'));
    throw new UserError(
      `${source.name}: it is a zip archive without data.pkl, so torch.save did not write it. ` +
        (arrays ? 'It holds NumPy arrays: rename it to .npz.' : 'Save the tensors with torch.save.'),
    );
  }
  const prefix = list.slice(0, -'data.pkl'.length);
  const opened = new Map<string, ZipMember>();
  const open = (name: string, where: string): ZipMember | undefined => {
    const entry = entries.get(name);
    // torch.save can leave the checksums out, as zeros; torch.load never compares them.
    if (entry && !opened.has(name))
      opened.set(name, openZipMember(source, entry.crc === 0 ? { ...entry, crc: null } : entry, where));
    return opened.get(name);
  };
  const whole = async (name: string, most: number): Promise<Buffer | undefined> => {
    const member = open(name, `${source.name}: member '${name}'`);
    if (!member) return undefined;
    if (member.size > most)
      throw new UserError(
        `${source.name}: '${name}' in it takes ${size(member.size)}; at most ${size(most)} are read. ${again}`,
      );
    const bytes = Buffer.alloc(member.size);
    await member.read(bytes, 0);
    member.release();
    return bytes;
  };
  const order = (await whole(`${prefix}byteorder`, 64))?.toString('latin1') ?? 'little';
  if (order !== 'little' && order !== 'big')
    throw new UserError(`${source.name}: its byte order should be little or big; it is '${order}'. ${again}`);
  const bytes = (await whole(list, longestPickle)) as Buffer;
  const { value } = described(source, () => readPickle(bytes));
  const locate = ({ key }: TorchStorage, where: string): StorageBytes => {
    const member = open(`${prefix}data/${key}`, where);
    if (!member) throw new UserError(`${where}: its storage '${key}' is missing in the file. ${again}`);
    return { source: member, offset: 0, size: member.size, bigEndian: order === 'big' };
  };
  const file = torchFile(source, value, locate, async ({ layout }, signal) => {
    // A view of a part, or out of order, does not pass all bytes that the checksum is of.
    for (const member of layout ? opened.values() : []) if (member === layout?.source) await member.verify(signal);
  });
  return {
    ...file,
    async close() {
      for (const member of opened.values()) member.release();
      await file.close();
    },
  };
}

function torchFile(
  source: FileSource,
  root: Pickled,
  locate: (storage: TorchStorage, where: string) => StorageBytes,
  prepare?: (member: Member, signal?: Signal) => Promise<void>,
): DataFile {
  const found = described(source, () => findTensors(root));
  return containerFile(
    source,
    'torch',
    found.map((one) => torchMember(source, one, locate)),
    prepare,
  );
}

/** Says in the file's name what a pickle did wrong. */
function described<T>(source: FileSource, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw new UserError(`${source.name}: the pickle in it cannot be read: ${error.message}. ${again}`);
  }
}

/**
 * Five pickles (magic number, protocol, machine, the object, keys of the storages), then for each key the number of values
 * and the values, little-endian on every machine.
 */
async function openLegacy(source: FileSource): Promise<DataFile> {
  const { root, keys, known, end } = await readPickles(source);
  const places = new Map<string, StorageBytes>();
  let at = end;
  const length = Buffer.alloc(8);
  for (const key of keys) {
    const storage = known.get(key);
    if (!storage)
      throw new UserError(`${source.name}: it has a storage '${key}' that no tensor is a view of. ${again}`);
    await source.read(length, at);
    const bytes = storage.whole * storage.dtype.itemsize;
    const found = Number(length.readBigUInt64LE());
    if (found !== storage.whole || at + 8 + bytes > source.size)
      throw new UserError(
        `${source.name}: its storage '${key}' should hold ${count(storage.whole)} ${storage.dtype.name} values at byte ` +
          `${count(at)}; the file gives it ${count(found)} and ends at byte ${count(source.size)}. ${again}`,
      );
    places.set(key, { source, offset: at + 8, size: bytes, bigEndian: false });
    at += 8 + bytes;
  }
  return torchFile(source, root, ({ key }, where) => {
    const place = places.get(key);
    if (!place) throw new UserError(`${where}: its storage '${key}' is missing in the file. ${again}`);
    return place;
  });
}

async function readPickles(source: FileSource) {
  // Where the pickles end is known only when they have been read.
  for (let most = 1 << 18; ; most *= 4) {
    const bytes = await source.head(most);
    try {
      return described(source, () => takeApart(bytes, bytes.length < Math.min(source.size, longestPickle)));
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
    }
  }
}

/** More of the file has to be read. */
class Unfinished extends Error {}

function takeApart(bytes: Buffer, more: boolean) {
  let end = 0;
  const references: TorchStorage[] = [];
  const next = (): Pickled => {
    try {
      const { value, end: after, references: made } = readPickle(bytes, end);
      end = after;
      for (const storage of made.map(torchStorage)) if (storage) references.push(storage);
      return value;
    } catch (error) {
      throw error instanceof PickleEnd && more ? new Unfinished() : error;
    }
  };
  if (next() !== legacyMagic) throw new PickleError('its magic number is another');
  if (next() !== 1001) throw new PickleError('its protocol is not 1001, the only one there is');
  const machine = next();
  if (!(machine instanceof PickledDict) || entryOf(machine, 'protocol_version') !== 1001)
    throw new PickleError('it does not say on what machine it was written');
  const root = next();
  const keys = next();
  if (!(keys instanceof PickledList) || keys.items.some((key) => !/^(string|number)$/.test(typeof key)))
    throw new PickleError('the keys of its storages are no list of names');
  const known = new Map(references.map((storage) => [storage.key, storage]));
  return { root, keys: keys.items.map(String), known, end };
}
