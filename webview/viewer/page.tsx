import { DataTable } from '../data-table';
import { FigureView } from '../figures/figure';
import { Linked, useLinks } from '../figures/linked';
import { Columns } from './columns';
import { Head } from './head';
import { Health } from './health';
import { isTable } from './store';
import { Tensors } from './tensors';
import { Values } from './values';
import { useStore, useView } from './view';

/** A data file: what is in it, the values, what is odd about them, and how they lie. */
export function ViewerPage({ reload }: { reload(): void }) {
  const state = useView();
  const store = useStore();
  const links = useLinks();
  const { file, choice, overview, changed } = state;
  const side = isTable(state) || file.tensors.length > 1;
  const result = overview.kind === 'done' ? overview.value : undefined;
  return (
    <Linked.Provider value={links}>
      <Head />
      <div class="banners" role="status">
        {changed !== 'no' && (
          <p>
            <span>
              {changed === 'missing'
                ? 'The file cannot be found any more. What is shown is from before.'
                : 'The file has changed since it was read.'}
            </span>
            {changed === 'changed' && (
              <button type="button" class="secondary" onClick={reload}>
                Read it again
              </button>
            )}
          </p>
        )}
      </div>
      <main class={side ? 'viewer with-side' : 'viewer'}>
        {side && (
          <nav class="side" aria-label="Contents of the file">
            {file.tensors.length > 1 && (
              <Tensors tensors={file.tensors} chosen={choice.tensor} onChoose={(tensor) => store.choose({ tensor })} />
            )}
            {isTable(state) && <Columns />}
          </nav>
        )}
        <Values />
        <Health />
        {result && result.figures.length > 0 && (
          <section class="shapes" aria-labelledby="shapes-heading">
            <h2 id="shapes-heading">How the rows lie</h2>
            <div class="figures">
              {result.figures.map((figure) => (
                <FigureView key={figure.id} figure={figure} name="overview" />
              ))}
            </div>
            {Object.entries(result.tables).map(([name, table]) => (
              <details key={name}>
                <summary>{table.title ?? name}</summary>
                <DataTable table={table} name={`overview-${name}`} />
              </details>
            ))}
          </section>
        )}
      </main>
    </Linked.Provider>
  );
}
