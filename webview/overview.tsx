import { useId, useMemo, useState } from 'preact/hooks';
import type { Table } from '../src/protocol/result';
import { some } from '../src/protocol/words';
import { exportPicture, exportTable, usePage, usePageState } from './context';
import { DataTable } from './data-table';
import { type Drawing, svgOf } from './figures/export';
import { useWidth } from './figures/figure';
import { Plot, type Pointing, type Step } from './figures/plot';
import { useTheme } from './figures/theme';
import { number, plural, probability, standardScore } from './format';
import { compareJob, inFocus } from './jobs';
import { Menu } from './menu';
import { Frame, type GridLayout, layoutGrid, markOf, OverviewGrid } from './overview-grid';
import { type Arrangement, arrange, type identification, wires } from './overview-map';
import { factsOf, type PairFacts, pairsTable, shownAs, type View, viewsOf, viewTitles } from './overview-view';
import { Progress } from './progress';
import { stageOf } from './rows';
import { textOf } from './ui';
import { Warnings } from './warnings';

/** One measure over all pairs; a cell sets the pair in focus. */
export function Overview() {
  const state = usePageState();
  const page = usePage();
  const theme = useTheme();
  const heading = useId();
  const [box, width] = useWidth();
  const [asTable, setAsTable] = useState(false);
  const [wished, setView] = useState<View>('value');
  const { request, catalogue, names } = state;
  const overview = request.overview;
  const { key } = overview ? compareJob(request, overview, catalogue) : { key: '' };
  const comparison = state.comparisons.get(key);
  const method = catalogue.get(overview?.method ?? '');
  const measure = comparison?.measures[overview?.method ?? ''];
  const arrangement = useMemo(() => arrange(request.inputs, names), [request.inputs, names]);
  const views = measure ? viewsOf(measure) : [];
  const view = views.includes(wished) ? wished : 'value';
  const shown = useMemo(() => {
    return measure ? shownAs(view, method, measure, arrangement) : null;
  }, [measure, arrangement, method, view]);
  const graph = useMemo(() => wires(comparison?.inputs ?? [], arrangement), [comparison, arrangement]);
  const wired = graph.length > 0;
  const layout = useMemo(() => layoutGrid(arrangement, Math.max(160, width), wired), [arrangement, width, wired]);
  const [from, to] = inFocus(request).map((input) => arrangement.order.indexOf(input));
  const what = view === 'value' ? '' : `, ${view}`;
  const title = `All pairs, ${method?.title ?? overview?.method ?? ''}${what}`;
  const file = `all-pairs-${overview?.method ?? ''}`;
  const table: Table | null =
    shown &&
    (measure?.calibration
      ? pairsTable(title, measure, arrangement, names)
      : {
          title,
          columns: ['', ...arrangement.order.map((i) => names[i] ?? '')],
          rows: arrangement.order.map((i, row) => [
            names[i] ?? '',
            ...shown.values.slice(row * names.length, (row + 1) * names.length),
          ]),
        });
  const save = (kind: 'svg' | 'png') => {
    if (!shown) return;
    const fixed = layoutGrid(arrangement, Math.max(360, 30 * names.length + 120), wired);
    const draw: Drawing['draw'] = (paper) => (
      <OverviewGrid {...{ arrangement, ...shown }} layout={fixed} wires={graph} theme={paper} />
    );
    void exportPicture(page, kind, file, () =>
      svgOf({ ...fixed, draw }, title, `${captionOf(shown.found, fixed, arrangement)} ${shown.caption}`),
    );
  };
  const items = [
    { title: asTable ? 'Show as figure' : 'Show as table', run: () => setAsTable(!asTable) },
    { title: 'Export SVG', run: () => save('svg') },
    { title: 'Export PNG', run: () => save('png') },
    { title: 'Export data as CSV', run: () => table && exportTable(page, file, table) },
  ];
  const pairs = [...catalogue.values()].filter(
    ({ takes, kind, alone }) => takes === 'pair' && kind !== 'transform' && !alone,
  );
  const pointing: Pointing<Cell> = {
    pick: (x, y) => {
      const row = layout.rows.indexAt(y);
      const column = layout.columns.indexAt(x);
      return row === null || column === null ? null : { row, column };
    },
    step: (cell, step) => (cell ? stepCell(cell, step, names.length) : { row: from ?? 0, column: to ?? 0 }),
    at: ({ row, column }) => ({ x: layout.columns.middle(column), y: layout.rows.start(row) }),
    describe: ({ row, column }) => {
      const [a, b] = [arrangement.order[row] ?? 0, arrangement.order[column] ?? 0];
      const { value, chance, z, p, pMax, q, calibrated } = measure ? factsOf(measure, a, b) : nothing;
      const best = shown?.framed.some(([r, c]) => r === row && c === column);
      return [
        `${names[a]} × ${names[b]}`,
        `${method?.title ?? ''}: ${number(value)}`,
        ...(chance === null ? [] : [`chance: ${number(chance)}`]),
        ...(z === null ? [] : [`z: ${standardScore(z)}`]),
        ...(p === null
          ? []
          : [`p: ${probability(p)}${pMax === null ? '' : `; of the best of all ${probability(pMax)}`}`]),
        ...(q === null ? [] : [`q: ${probability(q)}${q > 0.05 ? ', not told from chance' : ''}`]),
        ...(calibrated === null ? [] : [`calibrated: ${number(calibrated)}`]),
        ...(best ? ['best partner of its row'] : []),
      ];
    },
    onChoose: ({ row, column }) => {
      page.session.change({ pair: [arrangement.order[row] ?? 0, arrangement.order[column] ?? 0] });
    },
  };
  return (
    <section class="overview" aria-labelledby={heading}>
      <div class="bar">
        <h2 id={heading}>All pairs</h2>
        <vscode-dropdown
          aria-label="Measure of all pairs"
          value={overview?.method ?? ''}
          onChange={(event) => {
            const chosen = textOf(event);
            if (chosen && chosen !== overview?.method) page.session.change({ overview: { method: chosen } });
          }}
        >
          {pairs.map(({ id, title: name }) => (
            <vscode-option key={id} value={id} selected={id === overview?.method}>
              {name}
            </vscode-option>
          ))}
        </vscode-dropdown>
        {views.length > 1 && (
          <vscode-dropdown
            aria-label="What the cells show"
            value={view}
            onChange={(event) => {
              const chosen = views.find((one) => one === textOf(event));
              if (chosen) setView(chosen);
            }}
          >
            {views.map((one) => (
              <vscode-option key={one} value={one} selected={one === view}>
                {viewTitles[one]}
              </vscode-option>
            ))}
          </vscode-dropdown>
        )}
        <button
          type="button"
          class="quiet"
          aria-pressed={request.study !== undefined}
          onClick={() => {
            page.session.setStudy(request.study ? null : {});
            // It comes below what is in sight.
            requestAnimationFrame(() => document.getElementById('study-heading')?.focus());
          }}
        >
          Study
        </button>
        {shown && <Menu compact title="Options of the map of all pairs" items={items} />}
      </div>
      <div class="canvas" ref={box}>
        {!shown && <Progress stage={stageOf(state, key)} jobKey={key} what={method?.title ?? 'All pairs'} />}
        {table && asTable && <DataTable table={table} name={file} />}
        {shown && !asTable && width > 0 && (
          <Plot
            width={layout.width}
            height={layout.height}
            theme={theme}
            label={`${title}: heatmap of ${names.length} by ${names.length} representations.`}
            pointing={pointing}
            overlay={(cell) => (
              <g>
                {from !== undefined && to !== undefined && (
                  <Frame layout={layout} row={from} column={to} theme={theme} stroke={theme.focus} thick={3} />
                )}
                {cell && <Frame layout={layout} {...cell} theme={theme} thick={2} />}
              </g>
            )}
          >
            <OverviewGrid {...{ arrangement, layout, theme, ...shown }} wires={graph} />
          </Plot>
        )}
      </div>
      {shown && (
        <p class="caption">
          {captionOf(shown.found, layout, arrangement)} {shown.caption} Thick frame: the pair shown. Choose a cell to
          show its pair.
        </p>
      )}
      {comparison?.steps?.length ? <p class="caption">What was done: {comparison.steps.join('; ')}.</p> : null}
      {comparison && <Warnings warnings={comparison.warnings} most={2} />}
    </section>
  );
}

const nothing: PairFacts = {
  ...{ value: null, chance: null, sd: null, z: null },
  ...{ p: null, pMax: null, q: null, calibrated: null },
};

interface Cell {
  readonly row: number;
  readonly column: number;
}

function captionOf(
  found: ReturnType<typeof identification>,
  layout: GridLayout,
  { labels, groups }: Arrangement,
): string {
  const first = labels.slice(0, groups[0]?.end);
  const alike = groups.every(({ start, end }) => labels.slice(start, end).join() === first.join());
  const layers = layout.byFile && alike && `In each file, in order: ${some(first)}.`;
  const graph = layout.wireRoom > 0 && 'Along the axes: which layer feeds which.';
  const mark = markOf(layout);
  const frames = mark && `${mark}: best partner of each row${found ? ' in another file' : ''}.`;
  const level = found && Math.round(found.chance * 10) / 10;
  const rightly = found && `Right layer found for ${found.right} of ${plural(found.of, 'layer')} (by chance ${level}).`;
  return [frames, rightly, graph, layers].filter(Boolean).join(' ');
}

function stepCell({ row, column }: Cell, key: Step, count: number): Cell {
  const [down, across] = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -count],
    End: [0, count],
  }[key] as [number, number];
  const bounded = (i: number) => Math.min(count - 1, Math.max(0, i));
  return { row: bounded(row + down), column: bounded(column + across) };
}
