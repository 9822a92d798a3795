import { messageOf, UserError } from '../protocol/errors';
import { repeated } from '../protocol/words';
import { containerFile, type Member } from './container';
import type { Format } from './format';
import { readMembers, refused } from './matlab/array';
import { Elements, miCompressed, miMatrix } from './matlab/element';
import { openMatlabHdf5 } from './matlab/hdf5';
import { Inflated } from './matlab/inflated';
import type { FileSource } from './source';
import type { DataFile } from './tensor';

const headerBytes = 128;
const mostVariables = 100_000;

/** MATLAB's files: of version 5 to 7, its own format; of version 7.3, HDF5. Arrays have the shape that MATLAB shows. */
export const matlab: Format = {
  id: 'matlab',
  title: 'a MATLAB file',
  signatures: ['MATLAB 5.0 MAT-file', 'MATLAB 7.3 MAT-file'],
  async open(source, { signal }) {
    const head = await source.head(headerBytes);
    const { name } = source;
    if (head.length >= 4 && head.subarray(0, 4).includes(0))
      throw new UserError(
        `${name}: this is a file of MATLAB 4, or none of MATLAB's. Save it with save(..., '-v7') or scipy.io.savemat.`,
      );
    if (head.length < headerBytes)
      throw new UserError(`${name}: the file ends within its header of ${headerBytes} bytes. Save it again.`);
    if (head.toString('latin1').startsWith('MATLAB 7.3')) return openMatlabHdf5(source, signal);
    const mark = head.toString('latin1', 126, 128);
    const version = mark === 'MI' ? head.readUInt16BE(124) : head.readUInt16LE(124);
    if ((mark !== 'MI' && mark !== 'IM') || version !== 0x100)
      throw new UserError(`${name}: this is no MATLAB file of version 5, 7 or 7.3. Save it again with '-v7'.`);
    return openVersion5(source, mark === 'MI');
  },
};

/**
 * A variable that is no full array of real numbers or characters is described with the reason, a damaged one too; the
 * others can still be read.
 */
async function openVersion5(source: FileSource, bigEndian: boolean): Promise<DataFile> {
  const members: Member[] = [];
  const packed: Inflated[] = [];
  const variables = new Elements(source, bigEndian, headerBytes, source.size, source.name);
  for (let i = 1; !variables.done; i++) {
    if (i > mostVariables) throw new UserError(`${source.name}: it holds more than ${mostVariables} variables.`);
    const element = await variables.next();
    const where = `${source.name}: variable ${i}`;
    try {
      const file = source.name;
      if (element.type === miMatrix) {
        members.push(...(await readMembers(variables, element, { prefix: '', file, depth: 0 })));
      } else if (element.type === miCompressed) {
        const inflated = new Inflated(source, element.offset, element.size, where);
        packed.push(inflated);
        // One array, which says itself how long it is.
        const inside = new Elements(inflated, bigEndian, 0, inflated.size, where);
        const array = await inside.next();
        if (array.type !== miMatrix) throw new UserError(`${where} is no array (type ${array.type}). Save it again.`);
        inflated.size = array.next;
        members.push(...(await readMembers(inside, array, { prefix: '', file, depth: 0 })));
        inflated.release();
      } else throw new UserError(`${where} is no array (type ${element.type}). Save it again.`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const named = /tensor '([^']+)'/.exec(error.message)?.[1] ?? `variable ${i}`;
      const reason = messageOf(error).replace(/^[^:]*: (tensor '[^']*'|variable \d+)[:\s]*/, '');
      members.push(refused(named, 'unknown', reason, `${source.name}: tensor '${named}'`));
    }
  }
  const twice = repeated(members.map(({ description }) => description.name));
  if (twice !== undefined) throw new UserError(`${source.name}: two tensors have the name '${twice}'. Save it again.`);
  const file = containerFile(source, 'matlab', members);
  return {
    ...file,
    async close() {
      for (const inflated of packed) inflated.release();
      await file.close();
    },
  };
}
