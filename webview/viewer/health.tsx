import type { Result } from '../../src/protocol/result';
import type { Summary } from '../../src/protocol/window';
import { count } from '../../src/protocol/words';
import { duration, number, plural } from '../format';
import { Skeleton } from '../skeleton';
import { Warnings } from '../warnings';
import { isTable, sampleOf, type ViewState, type Work } from './store';
import { useStore, useView } from './view';

/** What is odd about the numbers and what to do about it, in words; then how many directions they use. */
export function Health() {
  const state = useView();
  const store = useStore();
  const { summary, overview } = state;
  const result = overview.kind === 'done' ? overview.value : undefined;
  const drawn = result?.steps.filter((step) => step.startsWith('sample of')) ?? [];
  const found = [
    ...drawn.map((step) => `This report is from a ${step}.`),
    ...(summary.kind === 'done' ? oddValues(summary.value, state) : []),
    ...(result?.warnings ?? []),
  ];
  if (summary.kind === 'none' && overview.kind === 'none') return null;
  return (
    <section class="health" aria-labelledby="health-heading">
      <h2 id="health-heading">Health</h2>
      {result?.reading && <p class="reading">{result.reading}</p>}
      {overview.kind === 'running' && !result && <Skeleton />}
      <Warnings warnings={found} />
      {result && found.length === 0 && (
        <p>
          Nothing odd was found. Looked for: values that are not finite, constant and repeated columns, repeated rows,
          rows of zeros, outlying lengths, and collapse into few directions.
        </p>
      )}
      <Running
        what="Overview"
        work={overview}
        stop={() => store.cancel('overview')}
        again={() => store.runOverview()}
      />
      {result && sampleOf(state) !== undefined && result.inputs[0]?.used[0] !== result.inputs[0]?.shape[0] && (
        <button type="button" class="quiet whole" onClick={() => store.runOverview(true)}>
          Look at every row
        </button>
      )}
      {result && <Dimensions result={result} />}
      <Basis />
      <span class="hidden" role="status">
        {result && summary.kind === 'done' ? 'Everything is computed.' : ''}
      </span>
    </section>
  );
}

/** NaN and infinities by column: the overview leaves such rows out and counts them; here is where they are. */
function oddValues({ lines, basis, whole }: Summary, state: ViewState): string[] {
  const name = (column: number) => (isTable(state) ? (state.file.columns?.[column]?.name ?? '') : String(column));
  const counted = (key: 'nan' | 'infinite', what: string, many: string, remedy: string) => {
    const columns = [...lines.keys()].filter((j) => (lines[j]?.[key] ?? 0) > 0);
    const total = columns.reduce((sum, j) => sum + (lines[j]?.[key] ?? 0), 0);
    if (total === 0) return [];
    const list = `${columns.slice(0, 5).map(name).join(', ')}${columns.length > 5 ? ', …' : ''}`;
    const where = whole ? '' : ` (in ${basis})`;
    return [`${plural(total, what, many)} in ${plural(columns.length, 'column')} (${list})${where}. ${remedy}`];
  };
  return [
    ...counted(
      'nan',
      'NaN',
      'NaN',
      'Rows with NaN are left out of every method; fill them in, or leave the columns out.',
    ),
    ...counted(
      'infinite',
      'infinite value',
      'infinite values',
      'They are mostly overflows of half precision; rows with them are left out of every method. Save wider numbers.',
    ),
  ];
}

function Running<T>({ what, work, stop, again }: { what: string; work: Work<T>; stop(): void; again(): void }) {
  if (work.kind === 'running') {
    const { fraction = null, message = '', etaSeconds = null } = work.progress ?? {};
    const left = etaSeconds === null ? '' : `, about ${duration(etaSeconds)} left`;
    return (
      <p class="work-line caption">
        <span>
          {what}
          {message && `: ${message}`}
          {fraction !== null && `, ${Math.floor(fraction * 100)} %`}
          {left}
        </span>
        {fraction !== null && <progress max={1} value={fraction} aria-label={what} />}
        <button type="button" class="quiet" onClick={stop}>
          Cancel
        </button>
      </p>
    );
  }
  if (work.kind !== 'failed') return null;
  return (
    <p class="work-line">
      <span class={work.cancelled ? 'caption' : 'problem'}>
        {what}: {work.message}
      </span>
      <button type="button" class="quiet" onClick={again}>
        {work.cancelled ? 'Resume' : 'Try again'}
      </button>
    </p>
  );
}

const shownValues = ['rank', 'participation-ratio', 'effective-rank', 'leading-share', 'mean-norm'];
const titles: Readonly<Record<string, string>> = {
  rank: 'Rank',
  'participation-ratio': 'Participation ratio',
  'effective-rank': 'Effective rank (entropy)',
  'leading-share': 'Variance of the first component',
  'mean-norm': 'Mean length of a row',
};

function Dimensions({ result }: { result: Result }) {
  const used = result.inputs[0]?.used;
  return (
    <dl class="dimensions">
      {used && (
        <div>
          <dt>Rows × units used</dt>
          <dd class="number">{used.map(count).join(' × ')}</dd>
        </div>
      )}
      {shownValues.map((key) => (
        <div key={key}>
          <dt>{titles[key]}</dt>
          <dd class="number">{number(result.values[key])}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the column statistics were taken from, and the way to take them from everything. */
function Basis() {
  const store = useStore();
  const { summary } = useView();
  return (
    <>
      <Running
        what="Column statistics"
        work={summary}
        stop={() => store.cancel('summary')}
        again={() => store.summarise()}
      />
      {summary.kind === 'done' && (
        <p class="caption">
          Column statistics: {summary.value.basis}.
          {!summary.value.whole && (
            <button type="button" class="quiet" onClick={() => store.summarise(true)}>
              Use every row
            </button>
          )}
        </p>
      )}
    </>
  );
}
