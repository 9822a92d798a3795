import { useState } from 'preact/hooks';
import { messageOf } from '../../src/protocol/errors';
import { count } from '../format';
import { unitsOf } from './store';
import { useStore, useView } from './view';

/** Columns that are listed at once; the field above finds the others. */
const listed = 200;

/** The columns of a table: which are units, and which say who a row is. */
export function Columns() {
  const store = useStore();
  const state = useView();
  const { file, choice } = state;
  const [wanted, setWanted] = useState('');
  const columns = file.columns ?? [];
  const numeric = columns.filter((column) => column.numeric).map(({ name }) => name);
  const units = new Set(unitsOf(state));
  const found = columns.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const names = columns.map(({ name }) => name);
  const { labels } = choice;
  const labelColumn = labels?.path === file.path ? (labels.column ?? '') : '';
  return (
    <section class="columns" aria-labelledby="columns-heading">
      <h2 id="columns-heading">Columns</h2>
      <Query />
      <Role
        title="Identifiers"
        value={choice.ids ?? ''}
        names={names}
        choose={(name) => (name === '' ? store.clear('ids') : store.choose({ ids: name }))}
      />
      <Role
        title="Labels"
        value={labelColumn}
        names={names}
        choose={(name) =>
          name === '' ? store.clear('labels') : store.choose({ labels: { path: file.path, column: name } })
        }
      />
      <p class="caption">
        {count(units.size)} of {count(numeric.length)} numeric columns are units
        {choice.units && (
          <button type="button" class="quiet" onClick={() => store.clear('units')}>
            Take all
          </button>
        )}
      </p>
      {columns.length > 12 && (
        <input
          type="text"
          aria-label="Find columns"
          placeholder="Find columns"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <ul class="column-list">
        {found.slice(0, listed).map(({ name, type, numeric: isNumber }) => (
          <li key={name}>
            <label title={name}>
              <input
                type="checkbox"
                disabled={!isNumber}
                checked={isNumber && units.has(name)}
                onChange={() => store.toggleUnit(name)}
              />
              <span class="column-label">{name}</span>
              <span class="caption">{type}</span>
            </label>
          </li>
        ))}
        {found.length > listed && <li class="caption">{count(found.length - listed)} more</li>}
      </ul>
    </section>
  );
}

interface RoleProps {
  readonly title: string;
  readonly value: string;
  readonly names: readonly string[];
  choose(name: string): void;
}

function Role({ title, value, names, choose }: RoleProps) {
  return (
    <label class="role">
      <span class="caption">{title}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">none</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Rows and columns chosen by SQL, instead of the whole table. */
function Query() {
  const store = useStore();
  const { query } = useView().choice;
  const [problem, setProblem] = useState('');
  const ask = async (event: Event) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('query') as HTMLTextAreaElement;
    const text = field.value.trim();
    try {
      await store.read(text === '' ? {} : { query: text });
      setProblem('');
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <details class="query" open={query !== undefined}>
      <summary>SQL</summary>
      <form onSubmit={ask}>
        <textarea
          name="query"
          rows={3}
          spellcheck={false}
          aria-label="SQL over the table, which is called data"
          placeholder="SELECT * FROM data WHERE …"
          defaultValue={query ?? ''}
        />
        <button type="submit" class="secondary">
          Choose
        </button>
        {problem !== '' && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
      </form>
    </details>
  );
}
