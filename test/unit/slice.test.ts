import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignAxis, firstSlice, fits, planeShape, sliceText } from '../../src/protocol/slice';

const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });

describe('slices', () => {
  test('the first one has a row per sample', () => {
    expect(firstSlice([450, 64, 7, 7])).toEqual({ rows: 0, columns: 1, at: [0, 0, 0, 0] });
    expect(firstSlice([450])).toEqual({ rows: 0, columns: null, at: [0] });
    expect(firstSlice([])).toEqual({ rows: null, columns: null, at: [] });
  });

  test('are written as NumPy writes them', () => {
    expect(sliceText({ rows: 0, columns: 2, at: [0, 0, 0, 3] })).toBe('[:, 0, :, 3]');
    expect(sliceText({ rows: null, columns: null, at: [] })).toBe('[]');
  });

  test('have the lengths of their axes, and nothing where another axis has none', () => {
    expect(planeShape([5, 6, 7], { rows: 2, columns: 0, at: [0, 1, 0] })).toEqual([7, 5]);
    expect(planeShape([5], { rows: 0, columns: null, at: [0] })).toEqual([5, 1]);
    expect(planeShape([], firstSlice([]))).toEqual([1, 1]);
    expect(planeShape([5, 6, 0], firstSlice([5, 6, 0]))).toEqual([0, 0]);
    expect(planeShape([0, 20], firstSlice([0, 20]))).toEqual([0, 20]);
  });

  test('fit the shape that they were made for, whatever axes change places', () => {
    const steps = fc.array(fc.tuple(fc.nat(4), fc.constantFrom('rows', 'columns', 'index')));
    fc.assert(
      fc.property(shapes, steps, (shape, changes) => {
        let slice = firstSlice(shape);
        for (const [axis, part] of changes) {
          if (axis < shape.length) slice = assignAxis(slice, axis, part as 'rows');
          expect(fits(shape, slice)).toBe(true);
        }
      }),
    );
  });

  test('two axes swap; the last rows stay', () => {
    const slice = { rows: 0, columns: 1, at: [0, 0, 2] };
    expect(assignAxis(slice, 1, 'rows')).toMatchObject({ rows: 1, columns: 0 });
    expect(assignAxis(slice, 2, 'rows')).toMatchObject({ rows: 2, columns: 1 });
    expect(assignAxis(slice, 0, 'index')).toMatchObject({ rows: 1, columns: null });
    const vector = firstSlice([4]);
    expect(assignAxis(vector, 0, 'index')).toBe(vector);
    expect(assignAxis(vector, 0, 'columns')).toBe(vector);
  });

  test.each([
    ['an index that is not there', { rows: 0, columns: 1, at: [0, 0, 7] }],
    ['an axis that is not there', { rows: 3, columns: 1, at: [0, 0, 0] }],
    ['one axis twice', { rows: 1, columns: 1, at: [0, 0, 0] }],
    ['no rows', { rows: null, columns: 1, at: [0, 0, 0] }],
    ['half an index', { rows: 0, columns: 1, at: [0, 0, 0.5] }],
    ['another number of axes', { rows: 0, columns: 1, at: [0, 0] }],
  ])('%s does not fit', (_, slice) => expect(fits([5, 6, 7], slice)).toBe(false));
});
