import { ValueBar } from './bar';
import { usePage, usePageState } from './context';
import { Definition } from './definition';
import { count, full, number } from './format';
import { Progress } from './progress';
import { type Row, rowsOf, type Value, valuesOf } from './rows';

/** What the methods say of a single representation: every value, since none stands for the others. */
export function Descriptions() {
  const state = usePageState();
  return (
    <div class="descriptions">
      {rowsOf(state).map((row) => (
        <Description key={`${row.index} ${row.choice.method}`} row={row} open={state.open === row.index} />
      ))}
    </div>
  );
}

function Description({ row, open }: { row: Row; open: boolean }) {
  const { session } = usePage();
  const values = row.result ? valuesOf(row.result, row.method) : [];
  return (
    <div class="description">
      <Definition row={row} value={undefined}>
        {(description) => (
          <button
            type="button"
            class="name"
            aria-expanded={open}
            aria-describedby={description}
            onClick={() => session.open(open ? null : row.index)}
          >
            {row.title}
            {row.variant && <span class="variant">{row.variant}</span>}
          </button>
        )}
      </Definition>
      {row.result ? (
        <dl>
          {values.map((value) => (
            <div key={value.key}>
              <dt>{value.title}</dt>
              <dd class="number" title={full(value.value)}>
                {Number.isInteger(value.value) ? count(value.value ?? 0) : number(value.value)}
              </dd>
              <dd>{isBounded(value) && <ValueBar value={value} />}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <Progress stage={row.stage} jobKey={row.key} what={row.title} />
      )}
    </div>
  );
}

function isBounded({ description }: Value): boolean {
  return description?.range.every((end) => end !== null) ?? false;
}
