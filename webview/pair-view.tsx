import type { MethodDescription } from '../src/protocol/catalogue';
import type { InputRecord } from '../src/protocol/result';
import { usePage, usePageState } from './context';
import { FigureView } from './figures/figure';
import { ParameterForm } from './form';
import { baseName } from './format';
import { type Gallery, useGallery } from './gallery';
import { Menu } from './menu';
import { Progress } from './progress';
import type { Row } from './rows';
import { Samples } from './samples';
import { Warnings } from './warnings';

interface PairViewProps {
  readonly row: Row;
  readonly classes: readonly [string, string];
  /** Those that the units are of. */
  readonly inputs: readonly InputRecord[];
}

/** Two units side by side: the rows on which each is largest and smallest, and both against each other. */
export function PairView({ row, classes, inputs }: PairViewProps) {
  const { gallery, problem } = useGallery();
  const { result, stage, key, title, method } = row;
  return (
    <section class="pair-view" aria-label={title}>
      <div class="bar">
        {result?.reading && <p>{result.reading}</p>}
        <GalleryMenu gallery={gallery} />
      </div>
      {problem && <p class="problem">{problem}</p>}
      {!result && <Progress stage={stage} jobKey={key} what={title} />}
      {result && <Warnings warnings={result.warnings} most={2} />}
      {result && (
        <div class="two-units">
          {(['first', 'second'] as const).map((side, k) => (
            <div key={side} class="unit">
              <h4>
                {result.tables[`largest-${side}`]?.columns.at(k - 2)}
                {classes[k] && <span class="caption"> {classes[k]}</span>}
              </h4>
              {(['largest', 'smallest'] as const).map((end) => {
                const table = result.tables[`${end}-${side}`];
                return (
                  table && (
                    <div key={end}>
                      <p class="caption">{table.title?.replace(`, ${table.columns.at(k - 2)}`, ' on')}</p>
                      <Samples table={table} own={k as 0 | 1} gallery={gallery} />
                    </div>
                  )
                );
              })}
            </div>
          ))}
          {result.figures.map((figure) => (
            <FigureView key={figure.id} figure={figure} name={result.method} />
          ))}
        </div>
      )}
      <details>
        <summary>Any two units</summary>
        <ParameterForm row={{ ...row, method: method && upToLast(method, inputs) }} />
      </details>
    </section>
  );
}

/** The method with the numbers of the last units as the largest that are taken. */
function upToLast(method: MethodDescription, inputs: readonly InputRecord[]): MethodDescription {
  const properties = Object.entries(method.parameters.properties).map(([key, property]) => {
    const side = ['unit', 'partner'].indexOf(key);
    const units = inputs[side]?.used[1];
    return [key, units === undefined ? property : { ...property, maximum: units - 1 }] as const;
  });
  return { ...method, parameters: { ...method.parameters, properties: Object.fromEntries(properties) } };
}

/** What shows the rows: pictures that were found or chosen, texts, or their numbers. */
export function GalleryMenu({ gallery }: { gallery: Gallery | null | undefined }) {
  const { request } = usePageState();
  const { session, host } = usePage();
  const pick = () => {
    host.pickGallery().then(
      (spec) => spec && session.setGallery(spec),
      (error: unknown) => session.report(error),
    );
  };
  const spec = gallery?.spec;
  const name = spec ? [baseName(spec.path), spec.column ?? spec.tensor ?? ''].join(' ').trim() : 'numbers';
  const items = [
    { title: 'Images, pictures or texts…', run: pick },
    ...(request.gallery ? [{ title: 'What is found, or numbers', run: () => session.setGallery(null) }] : []),
  ];
  return <Menu title={`Rows shown as: ${name}`} items={items} />;
}
