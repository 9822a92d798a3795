import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { intervalHow, type Row, type Value } from './rows';

interface DefinitionProps {
  readonly row: Row;
  readonly value: Value | undefined;
  /** What is explained; gets the id for its aria-describedby. */
  children(description: string): ComponentChildren;
}

/** Shows on hover and on focus what a measure is; Escape puts it away. */
export function Definition({ row, value, children }: DefinitionProps) {
  const id = useId();
  const [away, setAway] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only follows what happens to the control inside
    <div
      class={away ? 'explained away' : 'explained'}
      onKeyDown={(event) => event.key === 'Escape' && setAway(true)}
      onClickCapture={() => setAway(true)}
      onPointerLeave={() => setAway(false)}
      onFocusIn={() => setAway(false)}
    >
      {children(id)}
      {row.method && (
        <div class="definition" role="tooltip" id={id}>
          <p>{row.method.summary}</p>
          <p class="formula">{row.method.formula}</p>
          {row.variant && <p>With {row.variant}.</p>}
          {value?.chance && <p>Chance: {value.chance.how}</p>}
          {value?.interval && <p>Interval: {intervalHow(value.interval)}.</p>}
          <p class="caption">{row.method.citation}</p>
        </div>
      )}
    </div>
  );
}
