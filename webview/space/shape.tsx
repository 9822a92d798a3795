import { useId, useMemo } from 'preact/hooks';
import type { MethodDescription } from '../../src/protocol/catalogue';
import { usePage, usePageState } from '../context';
import { FigureView } from '../figures/figure';
import { useLinkedRows } from '../figures/linked';
import { ParameterForm } from '../form';
import { Progress } from '../progress';
import type { Row } from '../rows';
import type { RowNames } from './colours';
import { NamedTable } from './named-table';
import type { Space } from './neighbours';
import type { Link } from './picture';
import { SpaceValues } from './space-values';

interface ShapeProps {
  /** Of the whole page. */
  readonly rows: readonly Row[];
  readonly spaces: readonly Space[];
  readonly link: Link;
  readonly names: RowNames;
  /** Methods that say how a space is as a whole. */
  readonly shape: readonly string[];
}

/** How the spaces are as a whole: each measure when it is asked for, of both spaces beside each other. */
export function Shape({ rows, spaces, link, names, shape }: ShapeProps) {
  const heading = useId();
  const { session } = usePage();
  const { catalogue } = usePageState();
  const known = shape
    .flatMap((id) => catalogue.get(id) ?? [])
    .filter(({ takes }) => takes === 'one' || spaces.length > 1);
  const asked = known.filter(({ id }) => rows.some(({ choice }) => choice.method === id));
  const others = known.filter((method) => !asked.includes(method));
  const measure = (methods: readonly MethodDescription[]) =>
    session.add(
      methods.flatMap(({ id, takes }) => [
        { method: id },
        ...(takes === 'one' && spaces.length > 1 ? [{ method: id, on: 1 as const }] : []),
      ]),
    );
  return (
    <section class="shape" aria-labelledby={heading}>
      <h3 id={heading}>The shape of {spaces.length > 1 ? 'the spaces' : 'the space'}</h3>
      {others.length > 0 && (
        <div class="offers">
          <span class="caption">Measure:</span>
          {others.map((method) => (
            <button
              key={method.id}
              type="button"
              class="quiet"
              title={method.summary}
              onClick={() => measure([method])}
            >
              {method.title}
            </button>
          ))}
          {others.length > 1 && (
            <button type="button" class="secondary" onClick={() => measure(others)}>
              All of them
            </button>
          )}
        </div>
      )}
      {asked.map((method) => (
        <ShapeOf
          key={method.id}
          {...{ method, spaces, link, names }}
          rows={rows.filter(({ choice }) => choice.method === method.id)}
        />
      ))}
    </section>
  );
}

interface ShapeOfProps extends Omit<ShapeProps, 'shape'> {
  readonly method: MethodDescription;
}

/** One measure: its values of each space, then its figures and tables, and its parameters. */
function ShapeOf({ method, rows, spaces, link, names }: ShapeOfProps) {
  const { host, session } = usePage();
  const { request } = usePageState();
  const second = useSecond(link);
  const results = rows.map(({ result }) => result);
  const more = results.some((result) => result && result.figures.length + Object.keys(result.tables).length > 0);
  const remove = () => {
    const { colour, size } = request;
    const own = (choice: typeof colour) =>
      typeof choice === 'object' && 'method' in choice && choice.method === method.id;
    session.change({
      methods: request.methods.filter((choice) => choice.method !== method.id),
      ...(own(colour) && { colour: 'none' }),
      ...(own(size) && { size: 'none' }),
    });
  };
  const titled = (row: Row) => (rows.length > 1 ? (spaces[row.choice.on ?? 0]?.name ?? '') : '');
  return (
    <section class="shape-part" aria-label={method.title}>
      <div class="bar">
        <h4>{method.title}</h4>
        <button type="button" class="quiet" onClick={() => void host.showReference({ method: method.id })}>
          Reference
        </button>
        <button type="button" class="quiet" aria-label={`Remove ${method.title}`} onClick={remove}>
          Remove
        </button>
      </div>
      <p class="caption">
        {method.summary} {method.blindTo.charAt(0).toUpperCase()}
        {method.blindTo.slice(1)}.
      </p>
      {rows.map(
        (row) =>
          !row.result && (
            <Progress
              key={row.key}
              stage={row.stage}
              jobKey={row.key}
              what={[method.title, titled(row)].filter(Boolean).join(' of ')}
            />
          ),
      )}
      {results.some(Boolean) && <SpaceValues {...{ method, results, spaces }} />}
      {more && (
        // What a map is worth is seen, not read.
        <details open={method.kind === 'transform'}>
          <summary>Figures and tables</summary>
          {rows.map((row) => (
            <div key={row.key}>
              {titled(row) && <h5>{titled(row)}</h5>}
              <div class="figures">
                {row.result?.figures.map((figure) => (
                  <FigureView
                    key={figure.id}
                    figure={figure}
                    name={`${method.id}${row.choice.on ? '-2' : ''}`}
                    {...(row.choice.on && { rows: second })}
                  />
                ))}
              </div>
              {Object.entries(row.result?.tables ?? {}).map(([name, table]) => (
                <NamedTable
                  key={name}
                  {...{ table, names }}
                  name={`${method.id}-${name}`}
                  linked={row.choice.on === undefined}
                />
              ))}
            </div>
          ))}
        </details>
      )}
      <details>
        <summary>Parameters</summary>
        {rows.map((row) => (
          <div key={row.index}>
            {titled(row) && <h5>{titled(row)}</h5>}
            <ParameterForm row={row} />
          </div>
        ))}
      </details>
    </section>
  );
}

/** What is selected and pointed at, by the numbers that rows have in the second space. */
function useSecond({ toFirst, toSecond }: Link) {
  const { picked, pick, pointed, point } = useLinkedRows();
  return useMemo(() => {
    const mapped = (rows: Iterable<number>, map: Link['toFirst']) =>
      new Set([...rows].flatMap((row) => map(row) ?? []));
    return {
      selection: mapped(picked, toSecond),
      onSelect: (rows: ReadonlySet<number>) => pick?.(mapped(rows, toFirst)),
      hover: pointed === null ? null : (toSecond(pointed) ?? null),
      onHover: (row: number | null) => point(row === null ? null : (toFirst(row) ?? null)),
    };
  }, [picked, pick, pointed, point, toFirst, toSecond]);
}
