import { useState } from 'preact/hooks';
import type { ColourChoice } from '../../src/protocol/analysis';
import { isFileColour } from '../../src/protocol/document';
import type { LabelSpec } from '../../src/protocol/result';
import { usePage, usePageState } from '../context';
import { baseName } from '../format';
import { rowsOf } from '../rows';
import { textOf } from '../ui';
import { agreement, ofTable, profile, rowValuesOf, tableOf, useColumns } from './colours';
import { Line } from './line';

/** What methods say of each row when they are asked, and what it is called in the list. */
const values: readonly (readonly [
  method: string,
  column: string,
  title: string,
  of: 'one' | 'pair',
  kind?: 'classes',
])[] = [
  [agreement, 'preserved', 'Neighbours preserved', 'pair'],
  [agreement, 'jaccard', 'Jaccard similarity of neighbours', 'pair'],
  [profile, 'length', 'Length of the row', 'one'],
  [profile, 'distance', 'Distance to the nearest rows', 'one'],
  [profile, 'occurrence', 'How often among the nearest of others', 'one'],
  ['clusters', 'cluster', 'Cluster', 'one', 'classes'],
  ['clusters', 'silhouette', 'Silhouette of the row in its cluster', 'one'],
  ['hdbscan', 'cluster', 'Cluster by density', 'one', 'classes'],
  ['subspaces', 'subspace', 'Subspace', 'one', 'classes'],
  ['cluster-agreement', 'in matched clusters', 'Clusters of both spaces: the same?', 'pair', 'classes'],
];

const keyOf = (choice: ColourChoice): string =>
  isFileColour(choice) && choice.expression !== undefined ? 'sql' : JSON.stringify(choice);

interface ChooserProps {
  /** "Colour", "Size" */
  readonly title: string;
  /** What the first entry of the list is called: nothing is chosen. */
  readonly none: string;
  readonly choice: ColourChoice;
  /** The file that the columns are of, where the choice names none. */
  readonly table: LabelSpec | undefined;
  readonly two: boolean;
  /** Only what gives numbers is listed. */
  readonly numbers?: boolean;
  readonly waiting: boolean;
  readonly problem: string;
  /** @param method that has to be run for it, where it is not yet */
  onChoice(choice: ColourChoice, method?: string): void;
}

/** One value of each row: a column, an SQL expression, what a method says of each row, or nothing. */
export function ValueChooser(props: ChooserProps) {
  const { title, none, choice, two, numbers = false, waiting, problem, onChoice } = props;
  const state = usePageState();
  const { labels, methods } = state.request;
  const { session, host } = usePage();
  const file = isFileColour(choice) ? choice : props.table;
  const columns = useColumns(file?.path);
  const [typing, setTyping] = useState(false);
  const table = columns.length > 0 ? file?.path : undefined;
  const offered: { readonly key: string; readonly title: string; readonly choice: ColourChoice }[] = [
    { key: keyOf('none'), title: none, choice: 'none' },
    ...(labels && !labels.column
      ? [{ key: keyOf(labels), title: `Labels: ${baseName(labels.path)}`, choice: labels }]
      : []),
    ...columns
      .filter(({ numeric }) => numeric || !numbers)
      .map(({ name }) => {
        const spec = { path: table ?? '', column: name };
        return { key: keyOf(spec), title: name, choice: spec };
      }),
    ...values
      .filter(([, , , of, kind]) => (two || of === 'one') && !(numbers && kind))
      .map(([method, column, title]) => ({ key: keyOf({ method, column }), title, choice: { method, column } })),
  ];
  const rows = rowsOf(state);
  for (const { title, ...value } of rowValuesOf(rows)) {
    const of = numbers ? tableOf(rows, value) : undefined;
    if (of && ofTable(of, value.column)?.kind === 'category') continue;
    if (!offered.some(({ key }) => key === keyOf(value))) offered.push({ key: keyOf(value), title, choice: value });
  }
  const known = offered.some(({ key }) => key === keyOf(choice));
  if (!known && isFileColour(choice) && choice.expression === undefined)
    offered.push({ key: keyOf(choice), title: choice.column ?? baseName(choice.path), choice });
  const set = (next: ColourChoice) => {
    const method = typeof next === 'object' && 'method' in next ? next.method : undefined;
    onChoice(next, method !== undefined && !methods.some((one) => one.method === method) ? method : undefined);
  };
  const choose = async () => {
    try {
      const spec = await host.pickLabels();
      if (spec) set(spec);
    } catch (error) {
      session.report(error);
    }
  };
  const onValue = (key: string) => {
    setTyping(key === 'sql');
    if (key === 'file') void choose();
    const next = offered.find((one) => one.key === key);
    if (next && key !== keyOf(choice)) set(next.choice);
  };
  const isSql = isFileColour(choice) && choice.expression !== undefined;
  const value = typing || isSql ? 'sql' : keyOf(choice);
  return (
    <>
      <div class="control">
        <span class="caption">{title}</span>
        <vscode-dropdown aria-label={title} value={value} onChange={(event) => onValue(textOf(event))}>
          {offered.map(({ key, title }) => (
            <vscode-option key={key} value={key} selected={key === value}>
              {title}
            </vscode-option>
          ))}
          {table && (
            <vscode-option value="sql" selected={value === 'sql'}>
              SQL expression
            </vscode-option>
          )}
          <vscode-option value="file">A column of another file…</vscode-option>
        </vscode-dropdown>
      </div>
      {table && value === 'sql' && (
        <Line
          title={`${numbers ? `${title} by SQL` : 'SQL'} over the columns of ${baseName(table)}`}
          example="length(word)"
          initial={isSql ? (choice.expression ?? '') : ''}
          onLine={(expression) => set({ path: table, expression })}
        />
      )}
      {waiting && (
        <button type="button" class="secondary" onClick={() => session.resume()}>
          Run the SQL of the {title.toLowerCase()}s
        </button>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
