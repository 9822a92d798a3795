import { expect, test } from 'vitest';
import { g0, g1337 } from '../../src/methods/golden/inputs';
import { H, Z } from './fixtures';

test('the generators give what NumPy gives', () => {
  expect([...g0().x.data.slice(0, 3)].map((v) => v.toFixed(8))).toEqual(['0.54881350', '0.71518937', '0.60276338']);
  expect([...g0().y.data.slice(0, 3)].map((v) => v.toFixed(8))).toEqual(['0.30040368', '0.54950057', '0.93081872']);
  expect([...g1337().x.data.slice(0, 3)].map((v) => v.toFixed(8))).toEqual([
    '-0.70318731',
    '-0.49028236',
    '-0.32181433',
  ]);
  expect([...g1337().y.data.slice(0, 3)].map((v) => v.toFixed(7))).toEqual(['1.4120962', '-1.0969068', '-0.4959947']);
});

test('and give it to the end', () => {
  expect(g0().y.at(29, 24)).toBe(0.22774099334728648);
  expect(g1337().x.at(99, 9)).toBe(-0.6779133551736201);
  expect(g1337().y.at(99, 9)).toBeCloseTo(-0.885086217722774, 14);
});

test('the formulas start where they should', () => {
  expect([...H(2, 2).data].map((v) => v.toFixed(2))).toEqual(['-0.90', '-0.50', '0.18', '-0.88']);
  expect(Z(1, 2).data[1]).toBe(Math.sin(4));
});
