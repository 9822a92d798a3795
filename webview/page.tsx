import { workbenchOf } from '../src/protocol/workbench';
import { usePage, usePageState } from './context';
import { Descriptions } from './descriptions';
import { Detail } from './detail';
import { FigureView } from './figures/figure';
import { Linked, useLinks } from './figures/linked';
import { RowFactsContext } from './figures/row-facts';
import { useReturn } from './focus';
import { baseName } from './format';
import { Crossed, Head } from './head';
import { inFocus } from './jobs';
import { Measures } from './measures';
import { Overview } from './overview';
import { usePageFacts } from './page-facts';
import { NoMethods, Picker } from './picker';
import { PreparationView } from './preparation';
import { WorkLine } from './progress';
import { isWaiting, type Row, rowsOf, sharedFailures } from './rows';
import { Skeleton, useRoom } from './skeleton';
import { StudyAnswers, StudyView } from './study';
import { readingsOf, warningsOf } from './summary';
import { Warnings } from './warnings';
import { WorkbenchView } from './workbench';

/** An analysis: what was compared, what it means, the numbers, and where they come from. */
export function PageView({ summons }: { summons: number }) {
  const facts = usePageFacts();
  const links = useLinks();
  return (
    <RowFactsContext.Provider value={facts}>
      <Linked.Provider value={links}>
        <Parts summons={summons} />
      </Linked.Provider>
    </RowFactsContext.Provider>
  );
}

function Parts({ summons }: { summons: number }) {
  const state = usePageState();
  const { request, names, open } = state;
  useReturn(open);
  const workbench = workbenchOf(request);
  const many = request.inputs.length > 2;
  const rows = rowsOf(state);
  const opened = rows.find(({ index }) => index === open);
  const pair = inFocus(request);
  if (workbench)
    return (
      <>
        <Head summons={summons} />
        <Banners />
        <main>
          <WorkbenchView workbench={workbench} />
        </main>
      </>
    );
  return (
    <>
      <Head summons={summons} />
      <Banners />
      <main class={many ? 'many' : undefined}>
        <div class="top">
          <div class="pair">
            {many && request.study && <StudyAnswers />}
            {many && (
              <h2 class="pair-title">
                <Crossed names={pair.map((i) => names[i] ?? '')} />
              </h2>
            )}
            <Summary rows={rows} />
            <section aria-labelledby="measures-heading">
              <div class="bar">
                <h2 id="measures-heading">{pair.length > 1 ? 'Measures' : 'Methods'}</h2>
                <WorkLine />
              </div>
              {rows.length === 0 ? <NoMethods /> : pair.length > 1 ? <Measures /> : <Descriptions />}
              <Picker />
            </section>
          </div>
          {many && <Overview />}
        </div>
        <PreparationView />
        {many && request.study && <StudyView />}
        {opened && <Detail row={opened} />}
        <Figures rows={rows.filter((row) => row !== opened)} />
      </main>
    </>
  );
}

function Summary({ rows }: { rows: readonly Row[] }) {
  const readings = readingsOf(rows);
  const waiting = isWaiting(rows);
  const room = useRoom<HTMLElement>(rows);
  return (
    <section class="summary" aria-label="Summary" {...room}>
      {waiting ? <Skeleton /> : readings.length > 0 && <p class="reading">{readings.join(' ')}</p>}
      <Warnings warnings={warningsOf(rows)} most={3} />
    </section>
  );
}

/** The figures of every method, but for the one whose own section shows them. */
function Figures({ rows }: { rows: readonly Row[] }) {
  const figures = rows.flatMap(({ key, choice, title, result }) =>
    (result?.figures ?? []).map((figure) => ({
      key: `${key} ${figure.id}`,
      figure,
      name: choice.method,
      ...(rows.length > 1 && { of: title }),
    })),
  );
  if (figures.length === 0) return null;
  return (
    <section aria-labelledby="figures-heading">
      <h2 id="figures-heading">Where it comes from</h2>
      <div class="figures">
        {figures.map(({ key, ...figure }) => (
          <FigureView key={key} {...figure} />
        ))}
      </div>
    </section>
  );
}

/** What the person has to know before trusting the page: changed inputs, an engine that stopped. */
function Banners() {
  const state = usePageState();
  const { inputs, failures } = state;
  const { session, host } = usePage();
  const states = (kind: string) => [
    ...new Set(inputs.filter(({ state }) => state === kind).map(({ record }) => baseName(record.path))),
  ];
  const changed = states('changed');
  const missing = states('missing');
  const lost = [...failures.values()].find(({ kind }) => kind === 'lost');
  return (
    <div class="banners" role="status">
      {changed.length > 0 && (
        <p>
          <span>
            {changed.join(', ')} {changed.length === 1 ? 'has' : 'have'} changed since these results were computed.
          </span>
          <button type="button" class="secondary" onClick={() => session.rerun()}>
            Re-run
          </button>
        </p>
      )}
      {missing.length > 0 && (
        <p>
          <span>
            {missing.join(', ')} cannot be found any more; the results are from before. Put{' '}
            {missing.length === 1 ? 'it' : 'them'} back, or compare other files.
          </span>
        </p>
      )}
      {sharedFailures(state).map((failure) => (
        <p key={failure}>
          <span>{failure}</span>
          <button type="button" class="secondary" onClick={() => session.resume()}>
            Try again
          </button>
        </p>
      ))}
      {lost && (
        <p>
          <span>{lost.message}</span>
          <button type="button" class="secondary" onClick={() => session.resume()}>
            Try again
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => void host.openLog().catch((e: unknown) => session.report(e))}
          >
            Show log
          </button>
        </p>
      )}
    </div>
  );
}
