import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { MethodChoice, Spread } from '../../src/protocol/analysis';
import type { InputSpec } from '../../src/protocol/result';
import type { WorkbenchSection } from '../../src/protocol/workbench';
import { usePage, usePageState } from '../context';
import { FigureView } from '../figures/figure';
import type { NumberLabels } from '../figures/looks';
import { Fields } from '../form';
import { inFocus } from '../jobs';
import { Progress } from '../progress';
import { type Row, rowsOf } from '../rows';
import { checkedOf, textOf } from '../ui';
import { ColourBar } from './colour';
import { agreement, type Colours, type PointSizing, useColours, useSize } from './colours';
import { Disagreement } from './disagreement';
import { Moves } from './moves';
import { NeighbourPanel, type Space, useNearest } from './neighbours';
import { labelsOf, linkOf, mapOf, type Picture, pictureOfOne, pictureOfTwo, sketched } from './picture';
import { RowTables } from './row-tables';
import { Shape } from './shape';
import { SpaceValues } from './space-values';

/** Up to so many rows the neighbourhoods of two spaces are compared without being asked for. */
const QUICK = 20_000;

/** Rows of one space or two on a map, what is nearest to a row, and where the spaces disagree: the layout `space`. */
export function SpaceBench({ section }: { section: WorkbenchSection }) {
  const state = usePageState();
  const { session } = usePage();
  const { request, names } = state;
  const { instead = [], shape = [] } = section;
  const focus = inFocus(request);
  const spaces = focus.map((i): Space => ({ name: names[i] ?? '', input: request.inputs[i] as InputSpec }));
  const two = spaces.length > 1;
  const rows = rowsOf(state);
  const maps = [0, 1]
    .slice(0, spaces.length)
    .map((side) => rows.find(({ choice }) => instead.includes(choice.method) && (choice.on ?? 0) === side));
  const [first] = maps;
  const figures = useFigures(maps);
  const [align, setAlign] = useState(true);
  const link = useMemo(
    () => linkOf(two ? spaces.map(({ input }) => input) : [], figures[0], figures[1]),
    [JSON.stringify(spaces), figures[0], figures[1]],
  );
  const inputs = spaces.map(({ input }) => input);
  const total = first?.result?.inputs[0]?.shape[0];
  const colours = useColours(inputs, total);
  const sizing = useSize(inputs, total);
  const picture = usePicture(figures, spaces, link, align, colours);
  const spreads = {
    ...{ colour: request.colourSpread, size: request.sizeSpread },
    onSpread: (of: 'colour' | 'size', spread: Spread) =>
      session.change(of === 'colour' ? { colourSpread: spread } : { sizeSpread: spread }),
  };
  const size = useSizes(picture?.figure.rows, sizing.size);
  const rowNames = picture?.names ?? colours.names;
  const nearest = useNearest(spaces, link);
  const disagreement = rows.find(({ choice }) => choice.method === agreement);
  const height = first?.result?.inputs[0]?.used[0] ?? Number.POSITIVE_INFINITY;
  const compare = two && !disagreement && !state.held && maps.every((row) => row?.result) && height <= QUICK;
  useEffect(() => {
    if (compare) session.add([{ method: agreement }]);
  }, [compare]);
  if (!first) return <p class="caption">This page has lost its map: look at the space anew.</p>;
  return (
    <div class="space-bench">
      <div class="controls">
        <MapPicker maps={maps} instead={instead} />
        <ColourBar {...{ colours, sizing, two }} />
        {two && (
          <vscode-checkbox checked={align} onChange={(event) => setAlign(checkedOf(event))}>
            Align the second map to the first
          </vscode-checkbox>
        )}
      </div>
      <MapParameters maps={maps} />
      <div class="space-panes">
        <div class="drawn">
          {maps.map(
            (row, side) =>
              row &&
              !row.result && (
                <Progress
                  key={row.key}
                  stage={row.stage}
                  jobKey={row.key}
                  what={two ? `${row.title} of ${spaces[side]?.name}` : row.title}
                />
              ),
          )}
          {picture && (
            <FigureView
              key={first.choice.method}
              figure={picture.figure}
              name={first.choice.method}
              rows={{ near: nearest.rows, size, spreads, fixed: true }}
            />
          )}
          {picture?.notes.map((note) => (
            <p key={note} class="caption">
              {note}
            </p>
          ))}
          {picture && two && picture.moved && (
            <Moves picture={picture} names={[spaces[0]?.name ?? '', spaces[1]?.name ?? '']} />
          )}
        </div>
        <div>
          <Faithfulness maps={maps} spaces={spaces} />
          <NeighbourPanel {...{ spaces, nearest, link, colour: picture?.colour, names: rowNames }} />
        </div>
      </div>
      {two && <Disagreement row={disagreement} rows={height} names={rowNames} />}
      {shape.length > 0 && <Shape {...{ rows, spaces, link, shape }} names={rowNames} />}
      <RowTables
        rows={rows.filter((row) => !maps.includes(row) && row !== disagreement && !shape.includes(row.choice.method))}
        names={rowNames}
      />
    </div>
  );
}

/** Of each space its map, or what there is of it so far. */
function useFigures(maps: readonly (Row | undefined)[]) {
  const parts = maps.map((row) => {
    const { stage, result, title = '' } = row ?? {};
    return { result, title, sketch: stage?.kind === 'running' ? stage.progress?.sketch : undefined };
  });
  const [a, b] = parts;
  return useMemo(
    () => parts.map(({ result, sketch, title }) => mapOf(result) ?? (sketch && sketched(sketch, title))),
    [maps.length, a?.result, a?.sketch, b?.result, b?.sketch],
  );
}

/** The picture in its colours, and names for its rows. */
function usePicture(
  [first, second]: readonly ReturnType<typeof mapOf>[],
  spaces: readonly Space[],
  link: ReturnType<typeof linkOf>,
  align: boolean,
  { colour, choice, names }: Colours,
) {
  const titles = spaces.map(({ name }) => name);
  const bare = useMemo((): Picture | undefined => {
    if (!first) return undefined;
    if (titles.length < 2) return pictureOfOne(first, titles[0] ?? '');
    if (!second) return pictureOfOne(first, titles[0] ?? '');
    return pictureOfTwo(first, second, [titles[0] ?? '', titles[1] ?? ''], link, align);
  }, [first, second, titles.join('\n'), link, align]);
  return useMemo(() => {
    if (!bare) return undefined;
    const { labels: own, names: ownNames, ...figure } = bare.figure;
    const made = colour ? labelsOf(colour, figure.rows) : undefined;
    const labels = typeof made === 'object' ? made : choice === 'none' || colour ? undefined : own;
    const known = figure.rows.some((row) => names.of(row) !== undefined);
    const rowNames = known ? figure.rows.map((row) => names.of(row) ?? `row ${row}`) : ownNames;
    return {
      ...bare,
      figure: { ...figure, ...(rowNames && { names: rowNames }), ...(labels && { labels }) },
      notes: [...bare.notes, ...(typeof made === 'string' ? [made] : [])],
      colour,
      names: known ? names : namesIn(figure.rows, ownNames),
    };
  }, [bare, colour, choice, names]);
}

/** The size of each point, in their order. */
function useSizes(rows: readonly number[] | undefined, size: PointSizing['size']): NumberLabels | undefined {
  return useMemo(() => {
    const labels = size && rows ? labelsOf(size, rows) : undefined;
    return typeof labels === 'object' && labels.kind === 'number' ? labels : undefined;
  }, [rows, size]);
}

/** Names that a figure has of its own, where no file gives any. */
function namesIn(rows: readonly number[], names: readonly string[] | undefined): Colours['names'] {
  const places = new Map(names ? rows.map((row, i) => [row, i]) : []);
  return {
    of: (row) => names?.[places.get(row) ?? -1],
    find: (text) => rows[names?.findIndex((name) => name.toLowerCase() === text.toLowerCase()) ?? -1],
  };
}

interface MapsProps {
  readonly maps: readonly (Row | undefined)[];
}

/** Which projection draws the spaces. Another one keeps the parameters that were last given to it. */
function MapPicker({ maps, instead }: MapsProps & { instead: readonly string[] }) {
  const { request, catalogue } = usePageState();
  const { session } = usePage();
  const kept = useRef(new Map<string, MethodChoice['parameters']>());
  const chosen = maps[0]?.choice.method ?? '';
  const choose = (method: string) => {
    if (method === chosen || !instead.includes(method)) return;
    kept.current.set(chosen, maps[0]?.choice.parameters);
    const parameters = kept.current.get(method);
    session.change({
      methods: request.methods.map((choice) =>
        instead.includes(choice.method)
          ? { method, ...(parameters && { parameters }), ...(choice.on && { on: choice.on }) }
          : choice,
      ),
    });
  };
  return (
    <div class="control">
      <span class="caption">Projection</span>
      <vscode-dropdown aria-label="Projection" value={chosen} onChange={(event) => choose(textOf(event))}>
        {instead.map((id) => (
          <vscode-option key={id} value={id} selected={id === chosen}>
            {catalogue.get(id)?.title ?? id}
          </vscode-option>
        ))}
      </vscode-dropdown>
    </div>
  );
}

/** The parameters of the projection, the same for both spaces. */
function MapParameters({ maps }: MapsProps) {
  const { session, host } = usePage();
  const [row] = maps;
  const method = row?.method;
  if (!row || !method) return null;
  return (
    <details>
      <summary>Parameters of {method.title}</summary>
      <p class="caption">
        {method.summary} It is {method.blindTo}.{' '}
        <button type="button" class="quiet" onClick={() => void host.showReference({ method: method.id })}>
          Reference
        </button>
      </p>
      <Fields
        key={method.id}
        schema={method.parameters}
        parameters={row.choice.parameters}
        onChange={(change) => session.setParameters((choice) => choice.method === method.id, change)}
      />
    </details>
  );
}

/** How much of each space is left on its map. */
function Faithfulness({ maps, spaces }: MapsProps & { spaces: readonly Space[] }) {
  const heading = useId();
  const results = maps.map((row) => row?.result);
  if (results.every((result) => !result)) return null;
  return (
    <section class="faith" aria-labelledby={heading}>
      <h3 id={heading}>How faithful the map is</h3>
      <SpaceValues {...{ results, spaces }} method={maps[0]?.method} />
    </section>
  );
}
