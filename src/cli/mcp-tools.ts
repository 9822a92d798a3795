import { z } from 'zod';
import { mostCount } from './arguments';

const path = z.string().min(1);
const input = path.describe(
  'A file, or file#tensor; a glob after # names several (acts.npz#layer*). MODEL.onnx#LAYER@DATA is a layer run on data.',
);
const inputs = z.array(input).min(1);
const common = {
  labels: path.optional().describe('One label per row: PATH or PATH#column.'),
  ids: z.array(path).optional().describe('Pair rows by this column of each input instead of by position.'),
  rows: z.string().optional().describe('Rows A to B - 1 of every input, as 0:1000.'),
  columns: z.string().optional().describe('A glob over the columns of tables; otherwise every numeric one.'),
  sample: z.int().min(2).max(mostCount).optional().describe('Compute on this many rows, drawn at random by the seed.'),
  permutations: z
    .int()
    .min(1)
    .max(mostCount)
    .optional()
    .describe('Calibrate values by this many random pairings of the rows.'),
  seed: z.int().min(0).max(mostCount).optional().describe('Of the random numbers; default 0.'),
};

type Flags = z.output<z.ZodObject<typeof common>>;

/** Something that a client may call: what it takes, and the command line that answers. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: z.ZodObject;
  /** @throws z.ZodError for arguments that are none. */
  command(given: unknown): readonly string[];
}

function tool<S extends z.ZodRawShape>(
  about: Pick<Tool, 'name' | 'title' | 'description'>,
  shape: S,
  command: (given: z.output<z.ZodObject<S>>) => readonly string[],
): Tool {
  const schema = z.strictObject(shape);
  return { ...about, schema, command: (given) => command(given as z.output<typeof schema>) };
}

/** Flags first, each with its value, so that nothing in an input can be taken for one. */
function line(command: string, flags: readonly string[], positionals: readonly string[]): readonly string[] {
  return [command, '--json', ...flags, '--', ...positionals];
}

function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

function flags({ ids = [], ...one }: Flags): string[] {
  const single = Object.entries(one).flatMap(([name, value]) => flag(name, value));
  return ['--quiet', ...single, ...ids.flatMap((column) => flag('ids', column))];
}

export const tools: readonly Tool[] = [
  tool(
    {
      name: 'methods',
      title: 'Catalogue of methods',
      description:
        'The measures and other methods that there are: id, kind, title, summary. Ask for one by its id to get its definition, its parameters as JSON Schema, the ranges of its values, invariances and citation.',
    },
    { kind: z.string().optional(), method: z.string().optional().describe('An id; its whole description.') },
    ({ kind, method }) => line('methods', method === undefined ? flag('kind', kind) : [], []),
  ),
  tool(
    {
      name: 'inspect',
      title: 'What is in files',
      description:
        'Tensors of data files with shape and type, columns of tables, inputs and layers of ONNX models. No values are read.',
    },
    { files: z.array(path).min(1) },
    ({ files }) => line('inspect', [], files),
  ),
  tool(
    {
      name: 'run',
      title: 'Run one method',
      description:
        'Runs one method of the catalogue on representations: values with their chance level, tables, warnings, and a reading in words.',
    },
    {
      ...{ method: z.string(), inputs },
      parameters: z.record(z.string(), z.json()).optional().describe("The method's parameters, as its schema says."),
      ...common,
    },
    ({ method, inputs, parameters = {}, ...rest }) => {
      const set = Object.entries(parameters).flatMap(([name, value]) => flag('set', `${name}=${value}`));
      return line('run', [...flags(rest), ...set], [method, ...inputs]);
    },
  ),
  tool(
    {
      name: 'compare',
      title: 'Compare representations',
      description:
        'Measures of similarity over all pairs of representations whose rows are the same samples, or of each with each of `against`: a matrix for each measure.',
    },
    {
      inputs,
      against: z.array(input).optional(),
      measures: z.array(z.string()).optional().describe('Ids; otherwise the recommended ones.'),
      ...common,
    },
    ({ inputs, against = [], measures, ...rest }) => {
      const references = against.flatMap((reference) => flag('against', reference));
      return line(
        'compare',
        [...flags(rest), ...flag('measure', measures?.join(',') || undefined), ...references],
        inputs,
      );
    },
  ),
];
