import { extname } from 'node:path';
import { UserError } from '../protocol/errors';
import { fileNames } from '../protocol/names';
import type { Extraction, ExtractRequest } from '../protocol/result';
import { count } from '../protocol/words';
import { type Arguments, countFlag, isSet, listFlag, reductionOf, textFlag } from './arguments';
import { checkFolder } from './output';
import { Session } from './session';
import { aligned, oneLine } from './text';

/** `sextant extract MODEL... --input FILE`: activations of layers into a file for each model. */
export async function extract(args: Arguments): Promise<string> {
  const paths = args.positionals;
  const usage = 'See sextant extract --help.';
  if (paths.length === 0) throw new UserError(`extract takes a model, or several. ${usage}`);
  const given = listFlag(args, 'input');
  if (given.length === 0) throw new UserError(`extract needs data for the model: --input FILE. ${usage}`);
  const out = textFlag(args, 'out');
  if (out === undefined || extname(out).toLowerCase() !== '.safetensors')
    throw new UserError(`extract writes --out FILE.safetensors${out === undefined ? '' : `, not ${out}`}. ${usage}`);
  checkFolder(out);
  const session = new Session(args);
  const layers = listFlag(args, 'layer');
  const batch = countFlag(args, 'batch', 32);
  if (batch < 1) throw new UserError('--batch takes the number of rows that are run at once, 1 or more.');
  const reduce = reductionOf(textFlag(args, 'reduce'));
  const names = fileNames(paths.map((path) => ({ path })));
  const extractions: Extraction[] = [];
  for (const [i, path] of paths.entries()) {
    const request: ExtractRequest = {
      ...{
        path,
        out: paths.length === 1 ? out : `${out.slice(0, -'.safetensors'.length)}-${names[i]}.safetensors`,
        batch,
      },
      data: given.map((text) => session.engine.parseData(text)),
      ...(layers.length > 0 && { layers }),
      ...(reduce && { reduce }),
      ...session.preparation(),
    };
    const extraction = await session.engine.extract(request, session.options);
    session.finish(extraction.warnings);
    extractions.push(extraction);
  }
  const [only, ...others] = extractions as [Extraction];
  if (isSet(args, 'json')) return JSON.stringify(others.length === 0 ? only : extractions);
  return extractions.map(page).join('\n\n');
}

function page({ out, rows, layers, resumed, steps }: Extraction): string {
  const lines = layers.map(({ name, units, dtype }) => [name, count(rows), count(units), dtype]);
  const earlier = resumed ? [`rows before ${count(resumed)} are of the run that was stopped`] : [];
  return `${oneLine(out)}\n${aligned([['layer', 'rows', 'units', 'type'], ...lines], [1, 2])}\nDone: ${[...earlier, ...steps].join('; ')}.`;
}
