import { useState } from 'preact/hooks';
import type { Cell } from '../../src/protocol/result';
import { copyText, exportTable, useFiles } from '../context';
import { tsv } from '../csv';
import { count, plural } from '../format';
import { Menu } from '../menu';
import type { NumberFormat } from './cell';
import { pythonSnippet } from './python';
import { useView } from './view';

interface Statistics {
  readonly columns: boolean;
  readonly rows: boolean;
}

interface ToolsProps {
  readonly rows: number;
  readonly columns: number;
  readonly format: NumberFormat;
  setFormat(format: NumberFormat): void;
  readonly statistics: Statistics;
  setStatistics(statistics: Statistics): void;
  goTo(row: number): void;
  windowTable(): { readonly columns: string[]; readonly rows: Cell[][] };
}

/** Above the grid: where to, how numbers look, what else is shown. */
export function Tools(props: ToolsProps) {
  const { rows, columns, format, statistics } = props;
  const files = useFiles();
  const state = useView();
  const [problem, setProblem] = useState('');
  const go = (event: Event) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('row') as HTMLInputElement;
    const row = Number(field.value);
    const valid = field.value.trim() !== '' && Number.isInteger(row) && row >= 0 && row < rows;
    setProblem(valid ? '' : `Rows are 0 to ${count(rows - 1)}`);
    if (valid) props.goTo(row);
  };
  const snippet = pythonSnippet(state);
  const items = [
    { title: 'Export rows in sight as CSV', run: () => exportTable(files, 'window', props.windowTable()) },
    { title: 'Copy rows in sight', run: () => copyText(files, tsv(props.windowTable())) },
    ...(snippet ? [{ title: 'Copy as Python', run: () => copyText(files, snippet) }] : []),
  ];
  return (
    <div class="value-tools">
      <h2 id="values-heading">Values</h2>
      <span class="caption">
        {plural(rows, 'row')}, {plural(columns, 'column')}
      </span>
      <form class="go" onSubmit={go}>
        <label for="go-to">Go to row</label>
        <input
          id="go-to"
          name="row"
          type="text"
          inputMode="numeric"
          autocomplete="off"
          aria-describedby="go-problem"
          aria-invalid={problem !== ''}
        />
        <span id="go-problem" class="problem" role="status">
          {problem}
        </span>
      </form>
      <label class="tool">
        Numbers
        <select value={format} onChange={(event) => props.setFormat(event.currentTarget.value as NumberFormat)}>
          <option value="auto">4 decimals</option>
          <option value="scientific">scientific</option>
          <option value="full">in full</option>
        </select>
      </label>
      <span class="tool">
        <span aria-hidden="true">Statistics</span>
        {(['columns', 'rows'] as const).map((of) => (
          <label key={of} class="tool">
            <input
              type="checkbox"
              aria-label={of === 'columns' ? 'Column statistics' : 'Row statistics'}
              checked={statistics[of]}
              onChange={(event) => props.setStatistics({ ...statistics, [of]: event.currentTarget.checked })}
            />
            {of}
          </label>
        ))}
      </span>
      <Menu compact title="More of the values" items={items} />
    </div>
  );
}
