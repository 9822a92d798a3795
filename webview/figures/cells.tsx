import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { round } from '../../src/figures/markup';
import { inkOn } from '../../src/figures/palettes';
import { pixels } from '../../src/figures/pixels';
import type { Band } from './band';
import { size } from './text';
import type { FigureTheme } from './theme';

/** Outlines up to so many cells on a side; above, an image. */
const mostOutlined = 64;

interface CellsProps {
  readonly rows: Band;
  readonly columns: Band;
  /** Row-major. */
  readonly values: readonly (number | null)[];
  colour(value: number): string;
  /** Written into the cells where it fits. */
  readonly text?: ((value: number) => string) | undefined;
  readonly theme: FigureTheme;
}

/** The coloured cells of a heatmap. A value that is not there is a cross on the ground. */
export function Cells({ rows, columns, values, colour, text, theme }: CellsProps) {
  const image = rows.count > mostOutlined || columns.count > mostOutlined;
  const tiles = useMemo(() => {
    if (!image) return [];
    const shade = (value: number | null | undefined) => (value === null ? theme.missing : colour(value ?? Number.NaN));
    return rows.runs.flatMap(([top, bottom]) =>
      columns.runs.map(([left, right]) => {
        const across = right - left;
        const at = (i: number) => (top + Math.floor(i / across)) * columns.count + left + (i % across);
        return {
          top,
          left,
          down: bottom - top,
          across,
          href: pixels(across, bottom - top, (i) => shade(values[at(i)])),
        };
      }),
    );
  }, [image, rows.runs, columns.runs, columns.count, values, colour, theme.missing]);
  if (image) {
    return (
      <g>
        {tiles.map(({ top, left, down, across, href }) => (
          <image
            key={`${top} ${left}`}
            x={columns.start(left)}
            y={rows.start(top)}
            width={columns.size * across}
            height={rows.size * down}
            preserveAspectRatio="none"
            // Sharp cells, but no moiré where a cell is less than a pixel.
            image-rendering={columns.size >= 1 && rows.size >= 1 ? 'pixelated' : undefined}
            href={href}
          />
        ))}
      </g>
    );
  }
  // A hairline between cells that are large enough; overlap between small ones, or the ground shines through.
  const seam = Math.min(rows.size, columns.size) >= 12 ? -1 : 0.3;
  const [width, height] = [columns.size + seam, rows.size + seam];
  const missing: VNode[] = [];
  const written: VNode[] = [];
  /** Outlines of the cells of each colour: of a few hundred elements a page is quick. */
  const outlines = new Map<string, string[]>();
  values.forEach((value, i) => {
    const row = Math.floor(i / columns.count);
    const column = i % columns.count;
    const x = columns.start(column);
    const y = rows.start(row);
    if (value === null) {
      missing.push(<Missing key={i} x={columns.middle(column)} y={rows.middle(row)} theme={theme} />);
      return;
    }
    const fill = colour(value);
    const cell = `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`;
    const outline = outlines.get(fill);
    if (outline) outline.push(cell);
    else outlines.set(fill, [cell]);
    if (!text) return;
    written.push(
      <text
        key={i}
        x={x + width / 2}
        y={y + height / 2}
        dy="0.35em"
        font-size={size.tick}
        text-anchor="middle"
        fill={inkOn(fill)}
      >
        {text(value)}
      </text>,
    );
  });
  return (
    <g shape-rendering={seam < 0 ? undefined : 'crispEdges'}>
      {Array.from(outlines, ([fill, cells]) => (
        <path key={fill} d={cells.join('')} fill={fill} />
      ))}
      {missing}
      {written}
    </g>
  );
}

function Missing({ x, y, theme }: { x: number; y: number; theme: FigureTheme }) {
  return <path d={`M${x - 2} ${y - 2}l4 4m0 -4l-4 4`} stroke={theme.muted} fill="none" />;
}
