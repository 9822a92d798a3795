import { useEffect, useState } from 'preact/hooks';
import { count } from '../src/protocol/words';
import { CalibrateMenu, IntervalsMenu, uncertaintyChips } from './calibration';
import type { Page } from './context';
import { copyText, exportTable, exportText, usePage, usePageState } from './context';
import { tsv } from './csv';
import { baseName } from './format';
import { savable, saveMade } from './made';
import { Menu } from './menu';
import { rowsOf, valuesOf } from './rows';
import { isMissing, type PageState } from './session';
import { useRoom } from './skeleton';
import { chipsOf, identifiersOf } from './summary';
import { WarningSign } from './warnings';

/** Title, what was done at one glance, and what can be done. */
export function Head({ summons }: { summons: number }) {
  const state = usePageState();
  const page = usePage();
  const { request, title, names } = state;
  const rows = rowsOf(state);
  const chips = chipsOf(rows);
  const room = useRoom<HTMLUListElement>(rows);
  return (
    <header class="head">
      <h1>{request.inputs.length === 2 ? <Crossed names={names} /> : title}</h1>
      <ul class="chips" aria-label="What was done" {...room}>
        {chips.map(({ text, warning }) => (
          <li key={text} class={warning ? 'warning' : undefined}>
            {warning && <WarningSign />}
            {text}
          </li>
        ))}
        {request.sample ? (
          <li class="warning">
            <WarningSign />
            at most {count(request.sample)} rows, drawn at random
          </li>
        ) : null}
        {uncertaintyChips(request).map((text) => (
          <li key={text}>{text}</li>
        ))}
        <li>seed {request.seed}</li>
      </ul>
      <div class="actions">
        <AxesMenu />
        <RowsMenu />
        <LabelsMenu />
        <CalibrateMenu />
        <IntervalsMenu />
        <Menu title="Export" items={exportsOf(state, page)} summons={summons} />
        <vscode-button appearance="secondary" disabled={isMissing(state)} onClick={() => page.session.rerun()}>
          Re-run
        </vscode-button>
        <Save />
      </div>
    </header>
  );
}

/** "a × b" with the cross in the background. */
export function Crossed({ names }: { names: readonly string[] }) {
  return (
    <>
      {names[0]}
      {names.slice(1).map((name) => (
        <span key={name}>
          <span class="cross"> × </span>
          {name}
        </span>
      ))}
    </>
  );
}

/** What becomes of the axes after the second, where an input has any. */
function AxesMenu() {
  const { request, results, comparisons } = usePageState();
  const { session } = usePage();
  const used = [...results.values(), ...comparisons.values()].flatMap(({ inputs }) => inputs);
  if (!used.some(({ shape }) => shape.length > 2)) return null;
  const averaged = request.inputs.some(({ reduce }) => reduce === 'mean');
  const items = [
    { title: 'Flatten: every value is a unit', checked: !averaged, run: () => session.setReduction('flatten') },
    { title: 'Average: a unit is its mean over them', checked: averaged, run: () => session.setReduction('mean') },
  ];
  return <Menu title={`Further axes: ${averaged ? 'averaged' : 'flattened'}`} items={items} />;
}

/** How rows of several inputs are paired. */
function RowsMenu() {
  const { inputs } = usePageState().request;
  const { session, host } = usePage();
  if (inputs.length < 2) return null;
  const choose = async () => {
    try {
      const picked = await host.pickIdentifiers(inputs);
      if (picked) session.setIdentifiers(picked);
    } catch (error) {
      session.report(error);
    }
  };
  const by = identifiersOf(inputs);
  const items = [
    { title: 'Pair by identifiers…', run: () => void choose() },
    ...(by ? [{ title: 'Pair by position', run: () => session.setIdentifiers(null) }] : []),
  ];
  return <Menu title={`Rows: by ${by ?? 'position'}`} items={items} />;
}

function LabelsMenu() {
  const { labels } = usePageState().request;
  const { session, host } = usePage();
  const choose = async () => {
    try {
      const picked = await host.pickLabels();
      if (picked) session.setLabels(picked);
    } catch (error) {
      session.report(error);
    }
  };
  if (!labels) {
    return (
      <vscode-button appearance="secondary" onClick={choose}>
        Labels…
      </vscode-button>
    );
  }
  const name = `${baseName(labels.path)}${labels.column ? ` ${labels.column}` : ''}`;
  const items = [
    { title: 'Choose labels…', run: () => void choose() },
    { title: 'No labels', run: () => session.setLabels(null) },
  ];
  return <Menu title={`Labels: ${name}`} items={items} />;
}

function Save() {
  const { session, save } = usePage();
  const { request } = usePageState();
  const [saved, setSaved] = useState('');
  useEffect(() => setSaved(''), [request]);
  const write = async () => {
    // What is said again is only heard where it was gone.
    setSaved('');
    try {
      const place = await save();
      if (place) setSaved(`Saved as ${baseName(place.path)}.`);
    } catch (error) {
      session.report(error);
    }
  };
  return (
    <>
      <vscode-button onClick={write}>Save Analysis</vscode-button>
      <span class="hidden" role="status">
        {saved}
      </span>
    </>
  );
}

function exportsOf(state: PageState, page: Page) {
  const rows = rowsOf(state);
  const results = rows.flatMap(({ result }) => result ?? []);
  return [
    ...rows.flatMap((row) => {
      const what = savable(row);
      return what ? [{ title: `${row.title}: ${what}…`, run: () => saveMade(page, row) }] : [];
    }),
    { title: 'Measures as CSV', run: () => exportTable(page, 'measures', measuresTable(state)) },
    { title: 'Copy measures', run: () => copyText(page, tsv(measuresTable(state))) },
    {
      title: 'Results as JSON',
      run: () => exportText(page, 'results.json', `${JSON.stringify(results, null, 2)}\n`),
    },
  ];
}

/** Every value of every measure, in full. */
function measuresTable(state: PageState) {
  return {
    columns: ['method', 'variant', 'value', 'number', 'low', 'high', 'chance', 'chance sd', 'z', 'p', 'seed'],
    rows: rowsOf(state).flatMap(({ choice, variant, result, method }) =>
      result
        ? valuesOf(result, method).map(({ key, value, interval, chance }) => [
            ...[choice.method, variant, key, value, interval?.low ?? null, interval?.high ?? null],
            ...[chance?.level ?? null, chance?.sd ?? null, chance?.z ?? null, chance?.p ?? null, result.seed],
          ])
        : [],
    ),
  };
}
