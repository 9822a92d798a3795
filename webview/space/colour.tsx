import { useEffect, useState } from 'preact/hooks';
import type { ColourChoice } from '../../src/protocol/analysis';
import { isFileColour } from '../../src/protocol/document';
import { messageOf } from '../../src/protocol/errors';
import { usePage, usePageState } from '../context';
import { useLinkedRows } from '../figures/linked';
import { baseName, plural } from '../format';
import { rowsOf } from '../rows';
import { textOf } from '../ui';
import { agreement, type Colours, firstOf, profile, rowValuesOf, useColumns } from './colours';

/** What methods say of each row when they are asked, and what it is called in the list. */
const values: readonly (readonly [method: string, column: string, title: string, pair: boolean])[] = [
  [agreement, 'preserved', 'Neighbours preserved', true],
  [agreement, 'jaccard', 'Jaccard similarity of neighbours', true],
  [profile, 'length', 'Length of the row', false],
  [profile, 'distance', 'Distance to the nearest rows', false],
  [profile, 'occurrence', 'How often among the nearest of others', false],
  ['clusters', 'cluster', 'Cluster', false],
  ['clusters', 'silhouette', 'Silhouette of the row in its cluster', false],
  ['hdbscan', 'cluster', 'Cluster by density', false],
  ['subspaces', 'subspace', 'Subspace', false],
  ['cluster-agreement', 'in matched clusters', 'Clusters of both spaces: the same?', true],
];

const keyOf = (choice: ColourChoice): string =>
  isFileColour(choice) && choice.expression !== undefined ? 'sql' : JSON.stringify(choice);

/** By what the points are coloured: a column, an SQL expression, what a method says of each row, or nothing. */
export function ColourBar({ colours, two }: { colours: Colours; two: boolean }) {
  const state = usePageState();
  const { labels, methods } = state.request;
  const { session, host } = usePage();
  const { choice } = colours;
  const file = isFileColour(choice) ? choice : labels;
  const columns = useColumns(file?.path);
  const [typing, setTyping] = useState(false);
  const table = columns.length > 0 ? file?.path : undefined;
  const offered: { readonly key: string; readonly title: string; readonly choice: ColourChoice }[] = [
    { key: keyOf('none'), title: 'Nothing', choice: 'none' },
    ...(labels && !labels.column
      ? [{ key: keyOf(labels), title: `Labels: ${baseName(labels.path)}`, choice: labels }]
      : []),
    ...columns.map((column) => {
      const spec = { path: table ?? '', column };
      return { key: keyOf(spec), title: column, choice: spec };
    }),
    ...values
      .filter(([, , , pair]) => two || !pair)
      .map(([method, column, title]) => ({ key: keyOf({ method, column }), title, choice: { method, column } })),
  ];
  for (const { title, ...value } of rowValuesOf(rowsOf(state)))
    if (!offered.some(({ key }) => key === keyOf(value))) offered.push({ key: keyOf(value), title, choice: value });
  const known = offered.some(({ key }) => key === keyOf(choice));
  if (!known && isFileColour(choice) && choice.expression === undefined)
    offered.push({ key: keyOf(choice), title: choice.column ?? baseName(choice.path), choice });
  const set = (next: ColourChoice) => {
    const method = typeof next === 'object' && 'method' in next ? next.method : undefined;
    const missing = method !== undefined && !methods.some((one) => one.method === method);
    session.change({ colour: next, ...(missing && { methods: [...methods, { method }] }) });
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
        <span class="caption">Colour</span>
        <vscode-dropdown aria-label="Colour" value={value} onChange={(event) => onValue(textOf(event))}>
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
          title={`SQL over the columns of ${baseName(table)}`}
          example="length(word)"
          initial={isSql ? (choice.expression ?? '') : ''}
          onLine={(expression) => set({ path: table, expression })}
        />
      )}
      {table && <Query path={table} />}
      {colours.waiting && (
        <button type="button" class="secondary" onClick={() => session.resume()}>
          Run the SQL of the colours
        </button>
      )}
      {colours.problem && (
        <p class="problem" role="alert">
          {colours.problem}
        </p>
      )}
    </>
  );
}

interface LineProps {
  readonly title: string;
  readonly example: string;
  readonly initial?: string;
  onLine(text: string): void;
}

/** A line of text that is taken with Enter. */
export function Line({ title, example, initial = '', onLine }: LineProps) {
  const [text, setText] = useState(initial);
  return (
    <form
      class="control wide"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') onLine(text.trim());
      }}
    >
      <vscode-text-field
        aria-label={title}
        // Entering the document it names itself "Text field".
        ref={(element) => element?.setAttribute('aria-label', title)}
        placeholder={example}
        title={title}
        value={text}
        onInput={(event) => setText(textOf(event))}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text.trim() !== '') onLine(text.trim());
        }}
      />
    </form>
  );
}

/** Picks the rows for which a condition over the table holds. */
function Query({ path }: { path: string }) {
  const { request } = usePageState();
  const { host } = usePage();
  const { pick } = useLinkedRows();
  const [said, setSaid] = useState('');
  const input = request.inputs[0];
  useEffect(() => setSaid(''), [path]);
  const select = async (condition: string) => {
    try {
      const expression = `CASE WHEN (\n${condition}\n) THEN 'yes' ELSE 'no' END`;
      const { labels } = await host.rowValues({ values: { path, expression }, ...(input && { input }) });
      const yes = labels.kind === 'category' ? labels.categories.indexOf('yes') : -1;
      const rows =
        labels.kind === 'category' ? [...labels.index.keys()].filter((i) => labels.index[i] === yes && yes >= 0) : [];
      const first = labels.kind === 'category' && input ? firstOf(labels.index.length, input) : null;
      pick?.(new Set(rows.map((row) => row + (first ?? 0))));
      setSaid(`${plural(rows.length, 'row')}.`);
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  return (
    <>
      <Line
        title={`Select rows of ${baseName(path)} where (SQL)`}
        example="select where: count > 100"
        onLine={(text) => void select(text)}
      />
      <span class="caption" role="status">
        {said}
      </span>
    </>
  );
}
