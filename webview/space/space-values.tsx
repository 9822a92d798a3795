import type { MethodDescription } from '../../src/protocol/catalogue';
import type { Result } from '../../src/protocol/result';
import { count, number } from '../format';
import { type Value, valuesOf } from '../rows';
import { Warnings } from '../warnings';
import type { Space } from './neighbours';

interface SpaceValuesProps {
  readonly method: MethodDescription | undefined;
  /** Of each space, or one of both. */
  readonly results: readonly (Result | undefined)[];
  readonly spaces: readonly Pick<Space, 'name'>[];
}

/** The values of a method for each space beside each other, with their chance; what they mean, and what was done. */
export function SpaceValues({ method, results, spaces }: SpaceValuesProps) {
  const of = results.map(
    (result) => new Map(result ? valuesOf(result, method).map((value) => [value.key, value]) : []),
  );
  const several = results.length > 1;
  const readings = results.flatMap((result, side) =>
    result?.reading ? [several ? `${spaces[side]?.name}: ${result.reading}` : result.reading] : [],
  );
  return (
    <>
      <table class="values">
        <thead>
          <tr>
            <th scope="col">Measure</th>
            {results.map((_, side) => (
              <th key={`${side} ${spaces[side]?.name}`} scope="col" class="number">
                {several ? spaces[side]?.name : 'Value'}
              </th>
            ))}
            <th scope="col" class="number">
              Chance
            </th>
          </tr>
        </thead>
        <tbody>
          {method?.values.map(({ key, title }) => {
            const values = of.map((one) => one.get(key));
            const known = values.find(Boolean);
            return (
              <tr key={key}>
                <th scope="row">{title}</th>
                {values.map((value, side) => (
                  <td
                    key={`${side} ${key}`}
                    class="number"
                    title={
                      value?.interval
                        ? `${number(value.interval.low)} to ${number(value.interval.high)}: ${value.interval.how}`
                        : undefined
                    }
                  >
                    {shown(value)}
                  </td>
                ))}
                <td class="number" title={known?.chance?.how}>
                  {known?.chance ? number(known.chance.level) : '–'}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {readings.map((reading) => (
        <p key={reading} class="caption">
          {reading}
        </p>
      ))}
      <Warnings warnings={[...new Set(results.flatMap((result) => result?.warnings ?? []))]} most={3} />
      {doneOf(results, spaces).map((done) => (
        <p key={done} class="caption">
          {done}
        </p>
      ))}
    </>
  );
}

/** What was done to make the maps: once where it is the same for both, such as the share of neighbours that a search has found. */
function doneOf(results: readonly (Result | undefined)[], spaces: SpaceValuesProps['spaces']): string[] {
  const lines = results.flatMap((result, side) =>
    result && result.steps.length > 0 ? [{ name: spaces[side]?.name ?? '', steps: result.steps.join('; ') }] : [],
  );
  const same = lines.every(({ steps }) => steps === lines[0]?.steps);
  if (same) return lines.slice(0, 1).map(({ steps }) => `What was done: ${steps}.`);
  return lines.map(({ name, steps }) => `What was done to ${name}: ${steps}.`);
}

/** What is counted has no decimals. */
function shown(value: Value | undefined): string {
  const whole = Number.isInteger(value?.value) && value?.description?.range[1] === null;
  return whole ? count(value?.value as number) : number(value?.value);
}
