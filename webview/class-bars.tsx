import { categoryColour } from '../src/figures/palettes';
import type { Table } from '../src/protocol/result';
import { useTheme } from './figures/theme';

interface ClassBarsProps {
  /** A row for each class: its name, how many units of either side are in it, and its rule. */
  readonly table: Table;
  readonly chosen: string | null;
  onChoose(name: string | null): void;
}

/** How many units are in each class: a bar for either side, then the counts, each a button that shows its units alone. */
export function ClassBars({ table, chosen, onChoose }: ClassBarsProps) {
  const { ground, background } = useTheme();
  const sides = table.columns.slice(1, -1);
  const classes = table.rows
    .map((row, i) => ({
      name: String(row[0]),
      counts: row.slice(1, -1).map(Number),
      rule: String(row.at(-1)),
      colour: categoryColour(i, ground),
    }))
    .filter(({ counts }) => counts.some((count) => count > 0));
  return (
    <div class="class-bars">
      {sides.map((side, k) => {
        const total = classes.reduce((sum, { counts }) => sum + (counts[k] ?? 0), 0);
        let start = 0;
        return (
          <div class="class-bar" key={side}>
            <span class="caption">{side}</span>
            <svg
              width="100%"
              height="14"
              role="img"
              aria-label={`${side}: ${classes.map(({ name, counts }) => `${counts[k]} ${name}`).join(', ')}`}
            >
              {classes.map(({ name, counts, colour }) => {
                const share = total > 0 ? (counts[k] ?? 0) / total : 0;
                const x = start;
                start += share;
                return (
                  <rect
                    key={name}
                    x={percent(x)}
                    width={percent(share)}
                    y="0"
                    height="14"
                    fill={colour}
                    stroke={background}
                  />
                );
              })}
            </svg>
          </div>
        );
      })}
      <table class="values classes">
        <thead>
          <tr>
            <th scope="col">Class</th>
            {sides.map((side) => (
              <th key={side} scope="col" class="number">
                {side}
              </th>
            ))}
            <th scope="col">Rule, the first that holds</th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ name, counts, rule, colour }) => (
            <tr key={name}>
              <th scope="row">
                <button
                  type="button"
                  class="quiet"
                  aria-pressed={chosen === name}
                  onClick={() => onChoose(chosen === name ? null : name)}
                >
                  <svg width="10" height="10" aria-hidden="true">
                    <rect width="10" height="10" fill={colour} />
                  </svg>{' '}
                  {name}
                </button>
              </th>
              {counts.map((count, k) => (
                <td key={sides[k]} class="number">
                  {count}
                </td>
              ))}
              <td class="caption">{rule}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function percent(part: number): string {
  return `${Math.round(part * 10000) / 100}%`;
}
