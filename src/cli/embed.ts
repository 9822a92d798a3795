import { UserError } from '../protocol/errors';
import { writtenEndings } from '../protocol/formats';
import { type Arguments, isSet, textFlag } from './arguments';
import { checkFolder, writesRepresentation } from './output';
import { run } from './run';
import { Session } from './session';
import { oneLine } from './text';

/** `sextant embed SOURCE FILE --out FILE`: a representation of raw data, by a baseline. */
export async function embed(args: Arguments): Promise<string> {
  const [id, ...files] = args.positionals;
  const session = new Session(args);
  const sources = (await session.engine.methods()).filter(({ kind }) => kind === 'embed').map((method) => method.id);
  if (id === undefined || !sources.includes(id)) {
    const what = id === undefined ? 'embed needs a source' : `There is no source "${oneLine(id)}"`;
    throw new UserError(`${what}. The sources are: ${sources.join(', ')}.`);
  }
  if (isSet(args, 'help')) return run(args, session);
  if (files.length === 0) throw new UserError(`embed ${id} needs a file. See sextant embed --help.`);
  const out = textFlag(args, 'out');
  if (out === undefined) throw new UserError(`embed writes a representation; say where, as --out ${id}.npy.`);
  if (!writesRepresentation(out))
    throw new UserError(
      `embed writes a representation, and --out cannot be "${out}"; its name has to end in one of ${writtenEndings.join(', ')}. For a report use sextant run.`,
    );
  checkFolder(out);
  return run(args, session);
}
