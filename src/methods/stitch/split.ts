import { UserError } from '../../protocol/errors';
import { plural } from '../../protocol/words';
import type { Context, Labels } from '../method';
import { briefRows, parseRows } from '../sample/rows';
import { some } from '../shared/classes';

export interface SplitChoice {
  readonly 'test-share': number;
  readonly 'train-rows': string;
}

/** Positions among the rows in use, each list in its order. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly step: string;
  readonly warnings: readonly string[];
}

/**
 * Rows to train on and rows to test on: those named, or a share of each class at random. A class of one row is trained on. Rows
 * without a label are in neither where there are labels.
 * @param trained rows that are not to be tested: anchors that a person has named
 * @throws UserError where one of the two would be empty, or the training rows that are named leave nothing to tell apart
 */
export function splitRows(
  choice: SplitChoice,
  classes: Labels | undefined,
  context: Pick<Context, 'random' | 'rows'>,
  trained: ReadonlySet<number> = new Set(),
): Split {
  const { rows, random } = context;
  const named = choice['train-rows'].trim();
  const labels = classes?.kind === 'category' ? classes : undefined;
  const usable = Int32Array.from(rows.index.keys()).filter((i) => !labels || (labels.index[i] as number) >= 0);
  const left = rows.index.length - usable.length;
  const unlabelled = left > 0 ? [`${left} rows have no label and were neither trained on nor tested.`] : [];
  if (named !== '') {
    const chosen = new Set(parseRows(named, rows.index, 'a training row').rows);
    const train = usable.filter((i) => chosen.has(i));
    const test = usable.filter((i) => !chosen.has(i));
    for (const row of trained) {
      if (chosen.has(row)) continue;
      throw new UserError(
        `Row ${rows.index[row]} is an anchor and not among the training rows ${briefRows(named)}. Anchors are training rows: choose others, or let the split be drawn.`,
      );
    }
    check(train, test, `The training rows ${briefRows(named)} leave`);
    return {
      train,
      test,
      step: `${train.length} training rows (${briefRows(named)}), ${test.length} test rows`,
      warnings: [...unlabelled, ...(labels ? unknownClasses(labels, train, test, briefRows(named)) : [])],
    };
  }
  const groups = new Map<number, number[]>();
  for (const i of random.permutation(usable.length)) {
    const row = usable[i] as number;
    const group = labels?.index[row] ?? 0;
    const members = groups.get(group);
    if (members) members.push(row);
    else groups.set(group, [row]);
  }
  const tested = new Set<number>();
  const single: string[] = [];
  for (const [group, members] of groups) {
    if (members.length === 1 && labels) single.push(`"${labels.categories[group]}"`);
    const share = Math.round(choice['test-share'] * members.length);
    const count = members.length < 2 ? 0 : Math.max(1, Math.min(members.length - 1, share));
    for (const row of members.filter((member) => !trained.has(member)).slice(0, count)) tested.add(row);
  }
  const train = usable.filter((i) => !tested.has(i));
  const test = usable.filter((i) => tested.has(i));
  check(train, test, 'The split leaves');
  const warnings =
    single.length > 0
      ? [
          `A class of one row cannot be trained on and tested: ${some(single)} ${single.length === 1 ? 'is' : 'are'} only trained on.`,
        ]
      : [];
  const how = labels ? `a share of ${choice['test-share']} of each class` : `a share of ${choice['test-share']}`;
  return {
    train,
    test,
    step: `${train.length} training rows, ${test.length} test rows: ${how} at random`,
    warnings: [...unlabelled, ...warnings],
  };
}

/**
 * Says which test rows no head can be right on.
 * @throws UserError where the training rows are of one class and the test rows are not
 */
function unknownClasses(
  { categories, index }: Extract<Labels, { readonly kind: 'category' }>,
  train: Int32Array,
  test: Int32Array,
  named: string,
): string[] {
  const known = new Set(Array.from(train, (row) => index[row] as number));
  const unknown = Array.from(test, (row) => index[row] as number).filter((own) => !known.has(own));
  if (unknown.length === 0) return [];
  const quoted = (classes: Iterable<number>) => some([...new Set(classes)].map((own) => `"${categories[own]}"`));
  if (known.size === 1)
    throw new UserError(
      `The training rows ${named} are all of the class ${quoted(known)}: a head could name no other. Choose training rows of two classes or more, or no labels to compare by retrieval alone.`,
    );
  const most = Number((1 - unknown.length / test.length).toFixed(4));
  return [
    `No training row is of the class of ${unknown.length} of ${plural(test.length, 'test row')}: ${quoted(unknown)}. No head can name what it was not trained on, so that no accuracy is above ${most}. Choose training rows of every class.`,
  ];
}

function check(train: Int32Array, test: Int32Array, how: string): void {
  if (train.length >= 2 && test.length >= 2) return;
  throw new UserError(
    `${how} ${train.length} rows to train on and ${test.length} to test on; both need 2 or more. Give more rows, or choose another split.`,
  );
}
