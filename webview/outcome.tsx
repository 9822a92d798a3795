import type { Result } from '../src/protocol/result';
import { FigureView } from './figures/figure';
import { Progress } from './progress';
import type { Row } from './rows';
import { Warnings } from './warnings';

/** What a method says in words, with what makes it mean less; until then how far it has come. */
export function Outcome({ row: { result, stage, key, title } }: { row: Row }) {
  if (!result) return <Progress stage={stage} jobKey={key} what={title} />;
  return (
    <>
      {result.reading && <p class="reading">{result.reading}</p>}
      <Warnings warnings={result.warnings} most={3} />
    </>
  );
}

export function ResultFigures({ result: { figures, method } }: { result: Result }) {
  if (figures.length === 0) return null;
  return (
    <div class="figures">
      {figures.map((figure) => (
        <FigureView key={figure.id} figure={figure} name={method} />
      ))}
    </div>
  );
}
