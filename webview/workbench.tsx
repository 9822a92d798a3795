import { useId, useRef } from 'preact/hooks';
import type { Workbench, WorkbenchSection } from '../src/protocol/workbench';
import { usePage, usePageState } from './context';
import { DataTable } from './data-table';
import { Values } from './detail';
import { ParameterForm, SharedForm } from './form';
import { inFocus } from './jobs';
import { useKept } from './kept';
import { savable, saveMade } from './made';
import { Outcome, ResultFigures } from './outcome';
import { PickBar } from './pick-bar';
import { WorkLine } from './progress';
import { type Row, rowsOf, valuesOf } from './rows';
import { SpaceBench } from './space/bench';
import { textOf } from './ui';
import { UnitBench } from './unit-bench';

/** Methods on the same inputs, laid out for one line of work: what they share on top, their sections as tabs. */
export function WorkbenchView({ workbench }: { workbench: Workbench }) {
  const state = usePageState();
  const heading = useId();
  const [tab, setTab] = useKept('tab', 0);
  const section = workbench.sections[tab] ?? (workbench.sections[0] as WorkbenchSection);
  const rows = rowsOf(state).filter(({ choice }) => section.methods.includes(choice.method));
  const panel = `${heading}-panel`;
  return (
    <section class="workbench" aria-labelledby={heading}>
      <div class="bar">
        <h2 id={heading}>{workbench.title}</h2>
        <WorkLine />
      </div>
      <p class="caption">{workbench.about}</p>
      <Pair />
      {workbench.shared.length > 0 && <SharedForm keys={workbench.shared} />}
      {workbench.picking && <PickBar picking={workbench.picking} />}
      <Tabs sections={workbench.sections} at={tab} panel={panel} onTab={setTab} />
      <div class="tab-panel" role="tabpanel" id={panel} aria-label={section.title}>
        {section.layout === 'space' && <SpaceBench section={section} />}
        {section.layout === 'units' && <UnitBench rows={rows} shared={workbench.shared} />}
        {(section.layout === undefined ? rows : []).map((row) => (
          <MethodSection key={`${row.index} ${row.choice.method}`} row={row} shared={workbench.shared} />
        ))}
      </div>
    </section>
  );
}

interface TabsProps {
  readonly sections: readonly WorkbenchSection[];
  readonly at: number;
  /** Id of what a tab shows. */
  readonly panel: string;
  onTab(index: number): void;
}

/** One stop for the Tab key; arrow keys move between the tabs. */
function Tabs({ sections, at, panel, onTab }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  if (sections.length < 2) return null;
  const onKey = (event: KeyboardEvent) => {
    const last = sections.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    onTab(next);
    list.current?.querySelectorAll<HTMLButtonElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" tabIndex={-1} ref={list} onKeyDown={onKey}>
      {sections.map(({ id, title }, i) => (
        <button
          key={id}
          type="button"
          role="tab"
          aria-selected={i === at}
          aria-controls={panel}
          tabIndex={i === at ? 0 : -1}
          onClick={() => onTab(i)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

/** Which two of several inputs the methods of pairs compare. */
function Pair() {
  const { request, names } = usePageState();
  const { session } = usePage();
  if (request.inputs.length < 3) return null;
  const [first = 0, second = 1] = inFocus(request);
  const choose = (side: 0 | 1, text: string) => {
    const chosen = names.indexOf(text);
    if (chosen < 0 || chosen === [first, second][side]) return;
    session.change({ pair: side === 0 ? [chosen, second] : [first, chosen] });
  };
  return (
    <div class="bar">
      <span class="caption">In focus</span>
      {([first, second] as const).map((at, side) => (
        <vscode-dropdown
          key={side === 0 ? 'first' : 'second'}
          aria-label={side === 0 ? 'First space' : 'Second space'}
          value={names[at] ?? ''}
          onChange={(event) => choose(side as 0 | 1, textOf(event))}
        >
          {names.map((name, i) => (
            <vscode-option key={name} value={name} selected={i === at}>
              {name}
            </vscode-option>
          ))}
        </vscode-dropdown>
      ))}
      <span class="caption">of {names.length} spaces; what takes all of them uses all.</span>
    </div>
  );
}

/** Everything of one method of a workbench; its own parameters behind a line. */
function MethodSection({ row, shared }: { row: Row; shared: readonly string[] }) {
  const page = usePage();
  const { host } = page;
  const made = savable(row);
  const heading = useId();
  const { method, result, title } = row;
  const tables = Object.entries(result?.tables ?? {});
  const own = Object.keys(method?.parameters.properties ?? {}).filter((name) => !shared.includes(name));
  return (
    <section class="question" aria-labelledby={heading}>
      <div class="bar">
        <h3 id={heading}>{title}</h3>
        {method && (
          <button type="button" class="quiet" onClick={() => void host.showReference({ method: method.id })}>
            Reference
          </button>
        )}
        {made && (
          <button type="button" class="quiet" onClick={() => saveMade(page, row)}>
            Save {made}…
          </button>
        )}
      </div>
      <p class="caption">{method?.summary ?? `This version of Sextant has no method “${row.choice.method}”.`}</p>
      <Outcome row={row} />
      {result && <ResultFigures result={result} />}
      {result && (
        <details>
          <summary>Values and tables</summary>
          <Values values={valuesOf(result, method)} paired={result.inputs.length > 1} />
          {result.steps.length > 0 && <p class="caption">What was done: {result.steps.join('; ')}.</p>}
          {tables.map(([name, table]) => (
            <DataTable key={name} table={table} name={`${row.choice.method}-${name}`} />
          ))}
        </details>
      )}
      {own.length > 0 && (
        <details>
          <summary>Parameters of its own</summary>
          <ParameterForm row={row} keys={own} />
        </details>
      )}
    </section>
  );
}
