import { useRef, useState } from 'preact/hooks';
import { ValueBar } from './bar';
import { usePage, usePageState } from './context';
import { Definition } from './definition';
import { full, levelTexts, number, probability, standardScore } from './format';
import { runningText } from './progress';
import { intervalHow, isCancelled, type Row, rowsOf, sharedFailures, type Value, valuesOf } from './rows';

/** Every method of the request with its first value, as they come. */
export function Measures() {
  const state = usePageState();
  const { session } = usePage();
  const body = useRef<HTMLTableSectionElement>(null);
  const rows = rowsOf(state);
  const { permutations = 0, resample } = state.request;
  const shown: Shown = {
    ...{ p: permutations > 0, interval: resample !== undefined },
    failures: sharedFailures(state),
  };
  // One stop for Tab; arrow keys move between the rows.
  const [stop, setStop] = useState(0);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...(body.current?.querySelectorAll<HTMLButtonElement>('button.name') ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
  };
  return (
    <table
      class={['measures', shown.p && 'with-p', shown.interval && 'with-interval'].filter(Boolean).join(' ')}
      onCopy={copyFull}
    >
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col" class="number">
            Value
          </th>
          {shown.interval && (
            <th scope="col" class="number interval">
              Interval
            </th>
          )}
          <th scope="col" class="bar-cell">
            <span class="ends">
              <span>unlike</span>
              <span>alike</span>
            </span>
          </th>
          <th scope="col" class="number">
            <span class="chance-key">Chance</span>
          </th>
          <th scope="col" class="number z">
            <abbr title="(value − chance) / standard deviation of chance">z</abbr>
          </th>
          {shown.p && (
            <th scope="col" class="number p">
              <abbr title="Share of random pairings of the rows that score at least as well">p</abbr>
            </th>
          )}
          <th scope="col" class="blind">
            What it sees and misses
          </th>
        </tr>
      </thead>
      <tbody ref={body} onKeyDown={onKey}>
        {rows.map((row) => (
          <MeasureRow
            key={`${row.index} ${row.choice.method}`}
            row={row}
            shown={shown}
            open={state.open === row.index}
            stop={row.index === Math.min(stop, rows.length - 1)}
            onFocus={() => setStop(row.index)}
            onOpen={() => session.open(state.open === row.index ? null : row.index)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface Shown {
  /** The columns that are there when they were asked for. */
  readonly p: boolean;
  readonly interval: boolean;
  /** Why nothing was computed here and elsewhere, which is said above. */
  readonly failures: readonly string[];
}

interface MeasureRowProps {
  readonly row: Row;
  readonly shown: Shown;
  readonly open: boolean;
  readonly stop: boolean;
  onFocus(): void;
  onOpen(): void;
}

function MeasureRow({ row, shown, open, stop, onFocus, onOpen }: MeasureRowProps) {
  const [value] = row.result ? valuesOf(row.result, row.method) : [];
  return (
    <tr class={open ? 'open' : undefined} onClick={onOpen}>
      <th scope="row">
        <Definition row={row} value={value}>
          {(description) => (
            <button
              type="button"
              class="name"
              tabIndex={stop ? 0 : -1}
              aria-expanded={open}
              aria-describedby={description}
              onFocus={onFocus}
              onClick={(event) => {
                event.stopPropagation();
                onOpen();
              }}
            >
              {row.title}
              {row.variant && <span class="variant">{row.variant}</span>}
            </button>
          )}
        </Definition>
      </th>
      {value ? <ValueCells value={value} shown={shown} /> : <StageCells row={row} shown={shown} />}
      <td class="blind">{row.method?.blindTo}</td>
    </tr>
  );
}

function ValueCells({ value, shown }: { value: Value; shown: Shown }) {
  const { chance, interval } = value;
  const [level, sd] = levelTexts(chance?.level, chance?.sd);
  return (
    <>
      <td class="number value" data-full={full(value.value)} title={full(value.value)}>
        {number(value.value)}
      </td>
      {shown.interval && (
        <td
          class="number interval"
          data-full={interval && `${full(interval.low)} to ${full(interval.high)}`}
          title={interval && `${full(interval.low)} to ${full(interval.high)}: ${intervalHow(interval)}`}
        >
          {interval ? `${number(interval.low)} to ${number(interval.high)}` : '–'}
        </td>
      )}
      <td class="bar-cell">
        <ValueBar value={value} />
      </td>
      <td class="number chance" data-full={full(chance?.level)} title={chance && chanceTitle(value)}>
        {level}
        <span class="sd">{sd}</span>
      </td>
      <td class="number" data-full={full(chance?.z)} title={full(chance?.z)}>
        {standardScore(chance?.z)}
      </td>
      {shown.p && (
        <td class="number" data-full={full(chance?.p)} title={chance?.p === undefined ? undefined : chanceTitle(value)}>
          {probability(chance?.p)}
        </td>
      )}
    </>
  );
}

/** The chance level in full, and how far the value is from it. */
export function chanceTitle({ chance }: Value): string {
  if (!chance) return '';
  const { level, sd, z, p, how } = chance;
  const spread = sd === undefined ? '' : ` ± ${full(sd)}`;
  const scores = `${z === undefined ? '' : `, z = ${standardScore(z)}`}${p === undefined ? '' : `, p = ${probability(p)}`}`;
  return `${full(level)}${spread}${scores}. ${how}`;
}

/** In place of a value: why it is not there yet, and what can be done. */
function StageCells({ row, shown }: { row: Row; shown: Shown }) {
  const { session } = usePage();
  const { stage, key } = row;
  const columns = 4 + Number(shown.p) + Number(shown.interval);
  if (stage.kind === 'failed' && shown.failures.includes(stage.failure.message))
    return (
      <td colSpan={columns} class="stage">
        <span class="words">Not computed</span>
      </td>
    );
  return (
    <td colSpan={columns} class={stage.kind === 'failed' && !isCancelled(stage) ? 'stage failed' : 'stage'}>
      <span class="words">{wordsOf(row)}</span>
      {stage.kind === 'failed' && (
        <Act title={isCancelled(stage) ? 'Resume' : 'Try again'} row={row} act={() => session.resume(key)} />
      )}
      {stage.kind === 'running' && <Act title="Cancel" row={row} act={() => session.cancel(key)} />}
    </td>
  );
}

function Act({ title, row, act }: { title: string; row: Row; act(): void }) {
  const run = (event: Event) => {
    event.stopPropagation();
    act();
  };
  return (
    <button type="button" class="quiet" aria-label={`${title}: ${row.title}`} onClick={run}>
      {title}
    </button>
  );
}

function wordsOf({ stage, title }: Row): string {
  if (stage.kind === 'held') return 'Not computed yet';
  if (stage.kind === 'waiting') return 'Waiting';
  if (stage.kind === 'failed') return stage.failure.message;
  if (stage.kind !== 'running') return '';
  const text = runningText(title, stage);
  return text === title ? 'Running' : text.replace(`${title}: `, '');
}

/** Copies the cells that are selected with every digit, tabs between them. */
function copyFull(event: ClipboardEvent): void {
  const selection = document.getSelection();
  const table = event.currentTarget as HTMLTableElement;
  if (!selection || selection.isCollapsed) return;
  const lines = [...table.rows].map((row) =>
    [...row.cells]
      .filter((cell) => selection.containsNode(cell, true))
      .map((cell) => cell.dataset.full ?? cell.querySelector('button.name')?.textContent ?? cell.textContent ?? ''),
  );
  event.clipboardData?.setData(
    'text/plain',
    lines
      .filter((line) => line.length > 0)
      .map((line) => line.join('\t'))
      .join('\n'),
  );
  event.preventDefault();
}
