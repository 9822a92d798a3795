import { UserError } from '../../protocol/errors';

/** A distance that satisfies the triangle inequality, made from a measure's value. */
export interface Metric {
  /** How it is made, in words. */
  readonly how: string;
  of(value: number): number;
}

const itself: Metric = { how: 'the distance itself', of: (value) => value };
const angle: Metric = { how: 'arccos of the value', of: arccos };
const rest: Metric = { how: '1 - value', of: (value) => 1 - value };
const root: Metric = { how: 'square root of the value', of: (value) => Math.sqrt(value) };

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Measures that are a metric, or a cosine whose angle is one, or a mean share of sets whose complement is. Some tell spaces
 * apart only in part: their distance may be 0 between different ones.
 */
const metrics: Readonly<Record<string, (parameters: Parameters) => Metric | null>> = {
  procrustes: () => itself,
  'procrustes-size-and-shape': () => itself,
  'angular-shape': () => itself,
  'shape-metric': () => itself,
  'permutation-procrustes': () => itself,
  'rsm-difference': () => itself,
  'riemannian-distance': ({ form }) => (form === 'fitted' ? null : itself),
  imd: () => itself,
  'magnitude-difference': () => itself,
  'concentricity-difference': () => itself,
  'uniformity-difference': () => itself,
  gulp: ({ squared }) => (squared === true ? root : itself),
  'normalised-bures': () => angle,
  'linear-cka': () => angle,
  'linear-cka-debiased': () => angle,
  'rbf-cka': () => angle,
  'laplace-cka': () => angle,
  'minibatch-cka': () => angle,
  rsa: () => angle,
  'distance-correlation': ({ estimator }) =>
    estimator === 'biased' ? { how: 'arccos of the squared value', of: (value) => arccos(value * value) } : angle,
  'soft-matching-transport': ({ sign }) =>
    sign === 'absolute' ? null : { how: '√(2 - 2 value)', of: (value) => chord(value) },
  'mutual-knn': () => rest,
  'jaccard-knn': () => rest,
  'output-disagreement': () => root,
};

/** The metric that a measure is or gives. @throws UserError where there is none. */
export function metricOf(measure: string, parameters: Parameters): Metric {
  const metric = Object.hasOwn(metrics, measure) ? metrics[measure]?.(parameters) : null;
  if (metric) return metric;
  throw new UserError(
    `${measure} is no metric and gives none: the triangle inequality does not hold, so that a map of it would mislead. ` +
      `Maps are drawn of ${Object.keys(metrics).slice(0, 4).join(', ')}, gulp, linear-cka, rsa and others.`,
  );
}

/** Between two points of the unit sphere. */
function chord(cosine: number): number {
  return 2 * Math.sin(arccos(cosine) / 2);
}

/** Beyond 1 or -1 by rounding it is that of 1 or -1; further beyond there is no angle. */
function arccos(cosine: number): number {
  return Math.acos(Math.abs(cosine) <= 1 + 1e-9 ? Math.max(-1, Math.min(1, cosine)) : cosine);
}
