import { assignAxis, type Slice, sliceText } from '../../src/protocol/slice';
import { count } from '../format';

interface SlicerProps {
  readonly shape: readonly number[];
  readonly slice: Slice;
  onSlice(slice: Slice): void;
}

/** Which axes are rows and columns, and which index is looked at on each of the others. */
export function Slicer({ shape, slice, onSlice }: SlicerProps) {
  return (
    <fieldset class="slicer">
      <legend class="hidden">Slice</legend>
      <code class="slice-text">{sliceText(slice)}</code>
      {shape.map((length, axis) => (
        <AxisField key={axis} {...{ axis, length, slice, onSlice }} />
      ))}
    </fieldset>
  );
}

function AxisField({ axis, length, slice, onSlice }: Omit<SlicerProps, 'shape'> & { axis: number; length: number }) {
  const part = axis === slice.rows ? 'rows' : axis === slice.columns ? 'columns' : 'index';
  const index = slice.at[axis] ?? 0;
  const setIndex = (text: string) => {
    const wanted = Math.round(Number(text));
    if (text === '' || !Number.isFinite(wanted)) return;
    const next = Math.max(0, Math.min(length - 1, wanted));
    onSlice({ ...slice, at: slice.at.map((old, i) => (i === axis ? next : old)) });
  };
  const name = `Axis ${axis}`;
  return (
    <div class="axis">
      <span class="axis-name">
        {name.toLowerCase()} <span class="muted">({count(length)})</span>
      </span>
      <select
        aria-label={`${name}, of ${length}`}
        value={part}
        onChange={(event) => onSlice(assignAxis(slice, axis, event.currentTarget.value as typeof part))}
      >
        <option value="rows">rows</option>
        <option value="columns">columns</option>
        <option value="index" disabled={part === 'rows' && slice.columns === null}>
          index
        </option>
      </select>
      {part === 'index' && (
        <>
          <input
            type="number"
            class="axis-index"
            aria-label={`Index on axis ${axis}`}
            min={0}
            max={length - 1}
            value={index}
            onInput={(event) => setIndex(event.currentTarget.value)}
          />
          <input
            type="range"
            aria-label={`Index on axis ${axis}, slider`}
            min={0}
            max={Math.max(0, length - 1)}
            value={index}
            onInput={(event) => setIndex(event.currentTarget.value)}
          />
        </>
      )}
    </div>
  );
}
