import { useMemo, useRef, useState } from 'preact/hooks';
import { legibleSpread } from '../../src/figures/value-scale';
import type { Spread } from '../../src/protocol/analysis';
import type { PointLabels, Scatter } from '../../src/protocol/figures';
import { useKept } from '../kept';
import type { MenuItem } from '../menu';
import { DensityLegend } from './density-legend';
import { type LinkedRows, toggled, useLinkedRows } from './linked';
import { lookOf, looksOf, markedLooks, type NumberLabels, shownOf } from './looks';
import { Near } from './near';
import { Plot, type Tool } from './plot';
import type { PointIndex } from './point-index';
import { queryOf } from './query';
import { fieldLines, labelsBy, pointColumns, type RowColumn, useRowFacts } from './row-facts';
import { enclosed, layoutScatter, moved, type Place, panelAt, setExtent, type Views, zoomed } from './scatter-layout';
import { NumberLegend, ScatterLegend } from './scatter-legend';
import { Names, type Naming } from './scatter-names';
import { RowPicture, useFields, usePictures } from './scatter-pictures';
import { pointingAt } from './scatter-pointing';
import { Canvas, Frames, Paths, Picked, Rings, SolidFrame } from './scatter-points';
import { type Seen, seenRadius, seenScatter } from './scatter-seen';
import { pointsIn, ScatterSelection } from './scatter-selection';
import { useSizing } from './scatter-sizes';
import { type Thumbnails, useThumbnails } from './scatter-thumbnails';
import { ScatterTools } from './scatter-tools';
import { SizeLegend } from './size-legend';
import { firstTurn, seen, solidsOf, type Turn, turned } from './solid';
import { useSpread } from './spread';
import type { FigureTheme } from './theme';

/** More points than this are drawn on a canvas. */
const MANY = 3000;
/** So many points with names have them written beside them from the start. */
const NAMED = 40;
/** More selected points than this are not ringed one by one. */
const RINGED = 3000;
/** Radians by which a key turns, and by which a pixel of dragging does. */
const STEP = Math.PI / 24;
const PIXEL = 0.01;
const SIZES = [0.6, 1, 1.6, 2.5];

export interface ScatterProps {
  readonly figure: Scatter;
  readonly width: number;
  readonly theme: FigureTheme;
  /** What the figure shows, in one sentence. */
  readonly label: string;
  /** What colours the points instead of the figure's own labels: a class or a number for each point, in their order; null: nothing. */
  readonly colour?: PointLabels | null | undefined;
  /** What the areas of the points stand for, in their order. */
  readonly size?: NumberLabels | undefined;
  /** How numbers are spread over colours and sizes; the page is told of another choice. Absent: the figure keeps it. */
  readonly spreads?:
    | {
        readonly colour?: Spread | undefined;
        readonly size?: Spread | undefined;
        onSpread(of: 'colour' | 'size', spread: Spread): void;
      }
    | undefined;
  /** The page chooses the colours and sizes: the figure offers no other ones. */
  readonly fixed?: boolean | undefined;
  /** The rows (numbers as in `figure.rows`) that are selected; absent: those picked on the page. */
  readonly selection?: ReadonlySet<number> | undefined;
  /** Lasso, box, query and clicks hand out the rows that are selected from then on; absent: the page's picked rows change. */
  onSelect?(rows: ReadonlySet<number>): void;
  /** The row that is ringed as if it were pointed at; absent: the row pointed at anywhere on the page. */
  readonly hover?: number | null | undefined;
  /** Rows that are near to the marked one: one list for each space that has its panels, or one for all. */
  readonly near?: readonly (readonly number[])[] | undefined;
  /** The row under the pointer or the keyboard's cursor; null when it is left. Absent: the page is told. */
  onHover?(row: number | null): void;
  /** Takes what gives the picture as it is seen at the moment, for export. */
  readonly seen?: { current: (() => Seen) | null } | undefined;
}

/** What a scatter is given of rows, or what all figures of the page share. */
function useRows({ selection, onSelect, hover, onHover }: ScatterProps): LinkedRows {
  const linked = useLinkedRows();
  return {
    ...linked,
    picked: selection ?? linked.picked,
    pick: onSelect ?? linked.pick,
    pointed: hover === undefined ? linked.pointed : hover,
    point: onHover ?? linked.point,
  };
}

/** A scatter; what is selected, hovered and coloured may be given from outside, and is told there. */
export function ScatterFigure(props: ScatterProps) {
  const { width, theme, label } = props;
  const facts = useRowFacts();
  const [by, setBy] = useState<RowColumn | 'own' | 'none'>('own');
  const coloured = useColoured(props.figure, props.colour, by);
  const { spreads } = props;
  const onSpread = (of: 'colour' | 'size') => spreads && ((spread: Spread) => spreads.onSpread(of, spread));
  const colourChoice = useSpread(coloured.labels, spreads?.colour, onSpread('colour'), legibleSpread);
  const { spread } = colourChoice;
  const { sizes, columns, ...sizing } = useSizing(coloured, props.size, facts.columns, spreads?.size, onSpread('size'));
  const solids = useMemo(() => solidsOf(props.figure), [props.figure]);
  /** Until the person says which, three dimensions are seen as such. */
  const [asked, setTurn] = useState<Turn | null>();
  const turn = asked === undefined ? (solids ? firstTurn : null) : solids && asked;
  const figure = useTurned(coloured, solids, turn);
  const [views, setViews] = useKept(`zoom of ${props.figure.id}`, whole);
  const [hidden, setHidden] = useHidden(coloured);
  const [chosen, setTool] = useState<Tool>();
  const tool = chosen ?? (turn ? 'move' : 'lasso');
  const [larger, setLarger] = useState(1);
  const [shaded, setShaded] = useState(false);
  const [peak, setPeak] = useState(0);
  const named = figure.names !== undefined && figure.rows.length <= NAMED;
  const [naming, setNaming] = useState<Naming>(named ? 'points' : 'none');
  const plain = useMemo(() => layoutScatter(figure, width, views), [figure, width, views]);
  const layout = useMemo(
    () => ({ ...plain, radius: plain.radius * (SIZES[larger] ?? 1), sizes }),
    [plain, larger, sizes],
  );
  const look = useMemo(() => lookOf(coloured, theme, spread), [coloured, theme, spread]);
  const shown = useMemo(() => shownOf(coloured, hidden), [coloured, hidden]);
  const { rows } = figure;
  const count = rows.length;
  const many = count > MANY || shaded;
  const looks = useMemo(() => (many ? looksOf(count, look, shown) : null), [many, count, look, shown]);
  const linked = useRows(props);
  const selection = linked.picked;
  const marked = useMemo(() => looks && markedLooks(looks, rows, selection), [looks, rows, selection]);
  const ringed = useMemo(() => (many ? [] : [...pointsIn(rows, selection)].slice(0, RINGED)), [many, rows, selection]);
  const drawing = useMemo(
    () =>
      turn && solids ? <SolidFrame {...{ layout, theme, turn, solids }} /> : <Frames layout={layout} theme={theme} />,
    [layout, theme, turn, solids],
  );
  const points = useMemo(
    () => (many ? null : <Paths {...{ layout, look, count, shown }} />),
    [many, layout, look, shown, count],
  );
  const panels = figure.panels;
  const indices = useMemo(() => new Map<number, PointIndex>(), [panels]);
  const pointing = useMemo(
    () => pointingAt(figure, layout, indices, shown, columns),
    [figure, layout, indices, shown, columns],
  );
  const hovered = useMemo(() => (linked.pointed === null ? [] : [linked.pointed]), [linked.pointed]);
  const pictures = usePictures(hovered);
  const told = useFields(linked.pointed);
  const thumbnails = useThumbnails(figure, layout, shown, look, selection);
  const rowOf = (spot: { readonly point: number } | null) => spot && (rows[spot.point] ?? null);
  const see = (panel: number, view: Views[number] | null) => {
    const { [layout.shared ? 0 : panel]: _, ...others } = views;
    setViews(view === null ? others : { ...others, [layout.shared ? 0 : panel]: view });
  };
  // The wheel's listener stays while the view changes under it.
  const zoom = useRef((_at: Place | null, _factor: number) => {});
  zoom.current = (at, factor) => {
    if (factor === 0) return setViews(whole);
    const panel = at === null ? 0 : panelAt(layout, at);
    const place = panel === null ? undefined : layout.panels[panel];
    if (panel === null || !place) return;
    const middle = { x: place.left + place.side / 2, y: place.top + place.down / 2 };
    see(panel, zoomed(place, at ?? middle, factor));
  };
  const onZoom = useMemo(() => (at: Place | null, factor: number) => zoom.current(at, factor), []);
  const select = (found: Iterable<number>) => linked.pick?.(new Set([...linked.picked, ...found]));
  const find = (query: string): number => {
    const found = queryOf(query, pointColumns(coloured, columns));
    const chosen: number[] = [];
    for (let i = 0; i < count; i++) if (shown(i) && found(i)) chosen.push(rows[i] as number);
    linked.pick?.(new Set(chosen));
    return chosen.length;
  };
  const { labels } = coloured;
  const density = shaded ? (labels ? 'own' : 'scale') : null;
  const overlay = (on: FigureTheme) => (
    <>
      {thumbnails.drawn}
      <Names {...{ figure, layout, naming, selection, shown }} theme={on} />
      <Near figure={figure} layout={layout} row={linked.marked} near={props.near} theme={on} />
      <Rings figure={figure} layout={layout} row={linked.marked} theme={on} named />
    </>
  );
  if (props.seen)
    props.seen.current = () =>
      seenScatter({
        ...{ figure, spread, layout, turn, solids, shown, hidden, selection, many, density, peak, overlay },
      });
  const own = props.colour === undefined ? props.figure.labels : props.colour;
  const choices = useMemo(
    () => facts.columns.filter((one) => one.name !== own?.name && labelsBy(one, rows.slice(0, 2000)) !== null),
    [facts.columns, rows, own],
  );
  const offered: MenuItem[] = [
    ...(own ? [{ title: own.name, checked: labels?.name === own.name, run: () => setBy('own') }] : []),
    ...choices.map((column) => ({
      title: column.name,
      checked: labels?.name === column.name,
      run: () => setBy(column),
    })),
    { title: 'One colour', checked: !labels, run: () => setBy('none') },
  ];
  const colours = props.fixed ? [] : offered;
  const sizings = props.fixed ? [] : sizing.items;
  const views3d: MenuItem = turn
    ? { title: 'Two dimensions', run: () => setTurn(null) }
    : {
        title: 'Three dimensions',
        run: () => {
          setTurn(firstTurn);
          setTool('move');
          setViews(whole);
        },
      };
  const items = viewItems({ shaded, naming, larger, thumbnails, classes: labels?.kind === 'category' });
  const changes: Record<(typeof items)[number]['change'], () => void> = {
    density: () => setShaded(!shaded),
    points: () => setNaming(naming === 'points' ? 'none' : 'points'),
    classes: () => setNaming(naming === 'classes' ? 'none' : 'classes'),
    larger: () => setLarger(Math.min(SIZES.length - 1, larger + 1)),
    smaller: () => setLarger(Math.max(0, larger - 1)),
    pictures: () => thumbnails.setWanted(!thumbnails.wanted),
  };
  return (
    <>
      {linked.pick && count > 1 && (
        <ScatterTools
          {...{ tool, colours }}
          solid={turn !== null}
          colour={labels ? `Colour: ${labels.name}` : 'Colour: one'}
          sizes={sizings}
          size={`Size: ${sizes?.name ?? 'one'}`}
          views={[
            ...items.map(({ title, change }) => ({ title, run: () => changes[change]() })),
            ...(solids ? [views3d] : []),
          ]}
          onTool={setTool}
          onFind={find}
        />
      )}
      <Plot
        width={layout.width}
        height={layout.height}
        theme={theme}
        label={label}
        pointing={{
          ...pointing,
          onZoom,
          tool,
          more: (spot) => [
            ...new Set([...(pointing.more?.(spot) ?? []), ...fieldLines(coloured, spot.point, told.fields)]),
          ],
          show: () => <RowPicture item={linked.pointed === null ? undefined : pictures.shown.get(linked.pointed)} />,
          onTarget: (spot) => linked.point(rowOf(spot)),
          onChoose: (spot) => {
            const row = rowOf(spot);
            linked.mark(row === linked.marked ? null : row);
            if (row !== null) linked.pick?.(toggled(linked.picked, row));
          },
          onMove: (from, to) => {
            if (turn) return setTurn(turned(turn, (to.x - from.x) * PIXEL, (to.y - from.y) * PIXEL));
            const panel = panelAt(layout, from);
            const place = panel === null ? undefined : layout.panels[panel];
            if (panel !== null && place && place.zoom > 1) see(panel, moved(place, from, to));
          },
          ...(turn && { onTurn: (right, down) => setTurn(turned(turn, right * STEP, down * STEP)) }),
          ...(linked.pick && {
            onLasso: (line: readonly Place[]) => {
              const panel = line[0] ? panelAt(layout, line[0]) : null;
              const place = panel === null ? undefined : layout.panels[panel];
              const found = place ? enclosed(place, line).filter(shown) : [];
              if (found.length > 0) select(found.map((point) => rows[point] as number));
            },
          }),
        }}
        backdrop={marked && <Canvas {...{ layout, density, theme }} {...marked} onPeak={setPeak} />}
        overlay={() => (
          <g pointer-events="none">
            <Picked layout={layout} points={ringed} theme={theme} />
            {overlay(theme)}
            <Rings figure={figure} layout={layout} row={linked.pointed} theme={theme} />
          </g>
        )}
      >
        {drawing}
        {points}
      </Plot>
      {(turn || layout.panels.some(({ zoom }) => zoom > 1)) && (
        <div class="legend">
          {layout.panels.some(({ zoom }) => zoom > 1) && (
            <button type="button" class="all" onClick={() => setViews(whole)}>
              Show all points
            </button>
          )}
          {turn && (
            <button type="button" class="all" onClick={() => setTurn(null)}>
              Back to two dimensions
            </button>
          )}
        </div>
      )}
      {pictures.element}
      {told.element}
      {thumbnails.element}
      {thumbnails.said && <p class="caption">{thumbnails.said}</p>}
      {density && <DensityLegend {...{ peak, width, theme }} own={density === 'own'} />}
      {labels?.kind === 'category' && <ScatterLegend {...{ labels, hidden, theme }} onHide={setHidden} />}
      {labels?.kind === 'number' && <NumberLegend {...{ labels, width, theme }} choice={colourChoice} />}
      {sizes && (
        <SizeLegend
          {...{ sizes, width, theme }}
          radius={seenRadius(layout, many)}
          shaded={density !== null}
          choice={sizing.choice}
        />
      )}
      {linked.pick && <ScatterSelection {...{ figure: coloured, selection, columns }} onSelect={linked.pick} />}
    </>
  );
}

interface ViewState {
  readonly shaded: boolean;
  readonly naming: Naming;
  readonly larger: number;
  readonly thumbnails: Thumbnails;
  readonly classes: boolean;
}

/** What the view menu offers. */
function viewItems({ shaded, naming, larger, thumbnails, classes }: ViewState) {
  type Change = 'density' | 'points' | 'classes' | 'larger' | 'smaller' | 'pictures';
  const item = (change: Change, title: string) => ({ change, title });
  return [
    item('density', shaded ? 'Points one by one' : 'Shade by density'),
    item('points', naming === 'points' ? 'No names' : 'Names of points'),
    ...(classes ? [item('classes', naming === 'classes' ? 'No names of classes' : 'Names of classes')] : []),
    ...(larger < SIZES.length - 1 ? [item('larger', 'Larger points')] : []),
    ...(larger > 0 ? [item('smaller', 'Smaller points')] : []),
    ...(thumbnails.known ? [item('pictures', thumbnails.wanted ? 'No pictures' : 'Pictures at points')] : []),
  ];
}

const none: ReadonlySet<number> = new Set();
const whole: Views = {};

/** The categories that are switched off; of other categories none is. */
function useHidden({ labels }: Scatter): [ReadonlySet<number>, (hidden: ReadonlySet<number>) => void] {
  const [state, setState] = useState({ of: '', hidden: none });
  const of = useMemo(
    () => (labels?.kind === 'category' ? JSON.stringify([labels.name, labels.categories]) : ''),
    [labels],
  );
  return [state.of === of ? state.hidden : none, (hidden) => setState({ of, hidden })];
}

/** The figure with other colours, if there are any. */
function useColoured(figure: Scatter, colour: PointLabels | null | undefined, by: RowColumn | 'own' | 'none'): Scatter {
  return useMemo(() => {
    const labels = by === 'none' ? null : by === 'own' ? colour : labelsBy(by, figure.rows);
    if (labels === undefined) return figure;
    const { labels: _, ...rest } = figure;
    return labels ? { ...rest, labels } : rest;
  }, [figure, colour, by]);
}

/** The figure as it is seen from a side; the extent stays, so that points move around and not in and out. */
function useTurned(figure: Scatter, solids: ReturnType<typeof solidsOf>, turn: Turn | null): Scatter {
  const panels = useMemo(() => {
    const made = solids && turn ? solids.map((solid) => seen(solid, turn)) : null;
    for (const panel of made ?? []) setExtent(panel, { x: [-1, 1], y: [-1, 1] });
    return made;
  }, [solids, turn]);
  return useMemo(() => (panels ? { ...figure, panels } : figure), [figure, panels]);
}
