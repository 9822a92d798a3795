import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Table } from '../src/protocol/result';
import { useLinkedRows } from './figures/linked';
import { full, number } from './format';
import { type Gallery, type Picture, useShown } from './gallery';

interface SamplesProps {
  /** Rows with the values of both units: `row`, a `name` where rows have names, then one column for each unit. */
  readonly table: Table;
  /** Which of the last two columns the rows were listed by. */
  readonly own: 0 | 1;
  readonly gallery: Gallery | null | undefined;
}

/** The rows that a table lists, side by side: each by its picture, its text or its number, with the value of the unit. */
export function Samples({ table, own, gallery }: SamplesProps) {
  const linked = useLinkedRows();
  const width = table.columns.length;
  const rows = table.rows.map((row) => Number(row[0]));
  const shown = useShown(gallery, rows);
  return (
    <ul class="samples" aria-label={table.title}>
      {table.rows.map((row) => {
        const index = Number(row[0]);
        const name = width > 3 ? String(row[1] ?? '') : '';
        const value = row[width - 2 + own];
        const other = row[width - 1 - own];
        const item = shown.get(index);
        const title = `row ${index}${name && `, ${name}`}: ${full(Number(value))}; the other unit ${full(Number(other))}`;
        return (
          <li
            key={index}
            title={title}
            class={linked.pointed === index ? 'pointed' : undefined}
            onPointerEnter={() => linked.point(index)}
            onPointerLeave={() => linked.point(null)}
          >
            {typeof item === 'object' && <Thumbnail picture={item} label={`row ${index}${name && `, ${name}`}`} />}
            {typeof item !== 'object' && <span class="text">{item ?? (name || `row ${index}`)}</span>}
            <span class="value">{number(Number(value))}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function Thumbnail({ picture, label }: { picture: Picture; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(picture.rgba, picture.width, picture.height), 0, 0);
  }, [picture]);
  return <canvas ref={canvas} width={picture.width} height={picture.height} role="img" aria-label={label} />;
}
