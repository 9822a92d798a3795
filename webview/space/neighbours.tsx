import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Progress } from '../../src/protocol/engine';
import { messageOf } from '../../src/protocol/errors';
import type { InputSpec } from '../../src/protocol/result';
import type { NeighboursRequest, RowMetric, RowNeighbours } from '../../src/protocol/rows';
import { usePage } from '../context';
import { useLinkedRows } from '../figures/linked';
import { count, full, number, plural } from '../format';
import { type Picture as Thumb, useGallery, useShown } from '../gallery';
import { GalleryMenu } from '../pair-view';
import { Meter, runningText } from '../progress';
import { Thumbnail } from '../samples';
import { textOf } from '../ui';
import type { RowNames } from './colours';
import { Line } from './line';
import { colourText, type Link, type RowColour } from './picture';

/** One of the spaces on the page. */
export interface Space {
  readonly name: string;
  readonly input: InputSpec;
}

export interface Found {
  readonly answer?: RowNeighbours;
  readonly problem?: string;
}

/** What is nearest to a row in each of the spaces, by the numbers of the first. */
export interface Nearest {
  readonly metric: RowMetric;
  readonly many: number;
  readonly found: readonly Found[];
  /** For each space, rows by their numbers in the first. */
  readonly rows: readonly (readonly number[])[];
  readonly search: Search;
  /** Of the search that takes longest, where one goes on. */
  readonly progress: Progress | null;
  setMetric(metric: RowMetric): void;
  setSearch(search: Search): void;
  setMany(many: number): void;
}

type Search = NonNullable<NeighboursRequest['search']>;

const none: readonly Found[] = [];
const ALL_ROWS = 'Neighbours of all rows, once';

/** Asks for the neighbours of the marked row in each space; what was asked for before and is not wanted any more is dropped. */
export function useNearest(spaces: readonly Space[], link: Link): Nearest {
  const { host, session } = usePage();
  const { marked } = useLinkedRows();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [metric, setMetric] = useState<RowMetric>('cosine');
  const [search, setSearch] = useState<Search>('exact');
  const [many, setMany] = useState(10);
  const [state, setState] = useState<{ key: string; found: readonly Found[] }>({ key: '', found: [] });
  const own = spaces.map((_, i) => (marked === null ? undefined : i === 0 ? marked : link.toSecond(marked)));
  const key = JSON.stringify([spaces.map(({ input }) => input), own, metric, search, many]);
  useEffect(() => {
    if (marked === null) return;
    let wanted = true;
    const jobs = new Set<string>();
    const ask = async ({ input, name }: Space, row: number | undefined): Promise<Found> => {
      if (row === undefined) return { problem: `This row is not in ${name}.` };
      const job = session.follow((now) => wanted && setProgress(now));
      jobs.add(job);
      try {
        return { answer: await host.neighbours({ job, request: { input, row, neighbours: many, metric, search } }) };
      } catch (error) {
        return { problem: messageOf(error) };
      }
    };
    setProgress(null);
    void Promise.all(spaces.map((space, i) => ask(space, own[i]))).then((found) => wanted && setState({ key, found }));
    return () => {
      wanted = false;
      for (const job of jobs) session.forget(job);
    };
  }, [key, host]);
  const found = marked === null || state.key !== key ? none : state.found;
  const rows = useMemo(
    () =>
      found.map(({ answer }, i) => (answer?.rows ?? []).flatMap((row) => (i === 0 ? row : (link.toFirst(row) ?? [])))),
    [found, link],
  );
  return { metric, search, many, found, rows, progress, setMetric, setSearch, setMany };
}

interface PanelProps {
  readonly spaces: readonly Space[];
  readonly nearest: Nearest;
  readonly link: Link;
  readonly names: RowNames;
  readonly colour: RowColour | undefined;
}

/** The row that is marked and what is nearest to it, in each space; rows that both lists hold are marked as such. */
export function NeighbourPanel({ spaces, nearest, link, names, colour }: PanelProps) {
  const { marked, mark } = useLinkedRows();
  const [missed, setMissed] = useState('');
  const { gallery, problem } = useGallery();
  const { metric, search, many, found } = nearest;
  const [left, right] = nearest.rows;
  const shared = new Set(left && right ? left.filter((row) => right.includes(row)) : []);
  const shown = useShown(gallery, [...(marked === null ? [] : [marked]), ...nearest.rows.flat()]);
  const find = (text: string) => {
    const row = /^\d+$/.test(text) ? Number(text) : names.find(text);
    setMissed(row === undefined ? `No row is called “${text}”.` : '');
    if (row !== undefined) mark(row);
  };
  return (
    <section class="nearest" aria-label="Nearest rows">
      <div class="bar">
        <h3>Nearest rows</h3>
        <Line title="Find a row by its name or number" example="find a row" onLine={find} />
        <vscode-dropdown
          aria-label="Nearness"
          value={metric}
          onChange={(event) => nearest.setMetric(textOf(event) as RowMetric)}
        >
          <vscode-option value="cosine" selected={metric === 'cosine'}>
            cosine
          </vscode-option>
          <vscode-option value="euclidean" selected={metric === 'euclidean'}>
            Euclidean
          </vscode-option>
        </vscode-dropdown>
        <vscode-dropdown
          aria-label="Search"
          title="Approximate: as maps of many rows search, which takes a while for the first row and says what share it finds"
          value={search}
          onChange={(event) => nearest.setSearch(textOf(event) as Search)}
        >
          {(['exact', 'approximate'] as const).map((one) => (
            <vscode-option key={one} value={one} selected={one === search}>
              {one}
            </vscode-option>
          ))}
        </vscode-dropdown>
        <vscode-dropdown
          class="few"
          aria-label="How many"
          value={String(many)}
          onChange={(event) => nearest.setMany(Number(textOf(event)))}
        >
          {[5, 10, 20, 50].map((k) => (
            <vscode-option key={k} value={String(k)} selected={k === many}>
              {k}
            </vscode-option>
          ))}
        </vscode-dropdown>
        <GalleryMenu gallery={gallery} />
      </div>
      {missed && <p class="problem">{missed}</p>}
      {problem && <p class="problem">{problem}</p>}
      {marked === null ? (
        <p class="caption">
          Click a point, or find a row by its name, to see what is nearest to it in the space itself.
        </p>
      ) : (
        <>
          <div class="asked">
            <Shown item={shown.get(marked)} name={names.of(marked) ?? `row ${marked}`} />
            <span class="caption">
              {[names.of(marked) === undefined ? '' : `row ${count(marked)}`, named(colour, marked)]
                .filter(Boolean)
                .join(', ')}
            </span>
          </div>
          {found.length === spaces.length && spaces.length > 1 && left && right && (
            <p class="caption">
              {shared.size} of {many} nearest rows are the same in both spaces.
            </p>
          )}
          {found.length === 0 && search === 'approximate' && (
            <div class="bar" role="status">
              <Meter fraction={nearest.progress?.fraction ?? null} what={ALL_ROWS} />
              <span class="caption">{runningText(ALL_ROWS, { kind: 'running', progress: nearest.progress })}</span>
              <vscode-button appearance="secondary" onClick={() => nearest.setSearch('exact')}>
                Cancel
              </vscode-button>
            </div>
          )}
          <div class="lists" aria-busy={found.length === 0}>
            {spaces.map((space, side) => {
              const { answer, problem } = found[side] ?? {};
              return (
                <section key={`${side} ${space.name}`} aria-label={`Nearest in ${space.name}`}>
                  {spaces.length > 1 && <h4>{space.name}</h4>}
                  {problem && <p class="problem">{problem}</p>}
                  {answer?.warning && <p class="problem">{answer.warning}</p>}
                  <List {...{ answer, side, link, names, colour, shared, shown }} />
                  {answer && <p class="caption">{comparedText(answer, metric)}</p>}
                </section>
              );
            })}
          </div>
        </>
      )}
    </section>
  );
}

/** "count 2,540" */
function named(colour: RowColour | undefined, row: number): string {
  const text = colourText(colour, row);
  return text && `${colour?.name} ${text}`;
}

function comparedText({ compared, left, search }: RowNeighbours, metric: RowMetric): string {
  const what = metric === 'cosine' ? '1 - cosine' : 'Euclidean distance';
  const out = left > 0 ? `; ${plural(left, 'row')} left out, not finite` : '';
  if (search) {
    const share = Math.floor(1000 * search.recall) / 10;
    const how =
      search.recall === 1
        ? 'the search compared all pairs, in single precision'
        : `${share} % of the true neighbours are found, measured on ${plural(search.asked, 'row')}`;
    return `${what}, approximate among ${count(compared)} other rows: ${how}${out}.`;
  }
  return `${what}, exact: all ${count(compared)} other rows compared${out}.`;
}

interface ListProps extends Pick<PanelProps, 'link' | 'names' | 'colour'> {
  readonly answer: RowNeighbours | undefined;
  readonly side: number;
  readonly shared: ReadonlySet<number>;
  readonly shown: ReadonlyMap<number, Thumb | string>;
}

/** Each a step to the next row. */
function List({ answer, side, link, names, colour, shared, shown }: ListProps) {
  const { pointed, point, mark } = useLinkedRows();
  return (
    <ol>
      {answer?.rows.map((own, i) => {
        const row = side === 0 ? own : link.toFirst(own);
        const name = row === undefined ? `row ${own}, not in the first space` : (names.of(row) ?? `row ${row}`);
        const both = row !== undefined && shared.has(row);
        return (
          <li key={own} class={row !== undefined && pointed === row ? 'pointed' : undefined}>
            <button
              type="button"
              class="row"
              disabled={row === undefined}
              title={`row ${own}: ${full(answer.distances[i])}`}
              onClick={() => row !== undefined && mark(row)}
              onPointerEnter={() => row !== undefined && point(row)}
              onPointerLeave={() => point(null)}
              onFocus={() => row !== undefined && point(row)}
              onBlur={() => point(null)}
            >
              <Shown item={row === undefined ? undefined : shown.get(row)} name={name} />
              <span class="label">{row === undefined ? '' : colourText(colour, row)}</span>
              <span class="both">{both ? 'both' : ''}</span>
              <span class="value">{number(answer.distances[i])}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Shown({ item, name }: { item: Thumb | string | undefined; name: string }) {
  return (
    <span class="shown">
      {typeof item === 'object' && <Thumbnail picture={item} label={name} />}
      <span class="text">{typeof item === 'string' ? item : name}</span>
    </span>
  );
}
