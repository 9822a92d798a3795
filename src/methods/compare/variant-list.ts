/** One way in which a similarity is computed somewhere, under a name that others use for another. */
export interface Variant {
  readonly family: 'CKA' | 'CCA' | 'Shape' | 'RSA' | 'Neighbours';
  /** Id of the measure, and which of its values; absent: the first. */
  readonly method: string;
  readonly value?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** What is made of the value. */
  readonly of?: (value: number) => number;
  /** What differs from the others of its family. */
  readonly differs: string;
  /** Tools that compute it so; empty where the definition is only in papers. */
  readonly toolkits: string;
}

const fixed = { width: 'fixed' };
const squared = { dissimilarity: 'squared-euclidean' };
const correlation = { dissimilarity: 'correlation' };

/**
 * Found by reading the code of the toolkits named, in 2025 and 2026; they may have changed since. The first one stands for
 * them all.
 */
export const VARIANTS: readonly Variant[] = [
  {
    family: 'CKA',
    method: 'linear-cka',
    differs: 'linear kernel, biased HSIC: high for anything where rows are few',
    toolkits:
      'similarity-repository (hsic=gretton), ReSi, thingsvision, google-research; platonic-rep but for 1e-6 in the denominator',
  },
  {
    family: 'CKA',
    method: 'linear-cka',
    // Rounding alone can carry it past 1.
    of: (value) => Math.acos(Math.min(1, value)),
    differs: 'the arc cosine of linear CKA: an angle, 0 for the same',
    toolkits: 'netrep (LinearCKA), repsim (wrongu; AngularCKA, use_unbiased_hsic=False)',
  },
  {
    family: 'CKA',
    method: 'linear-cka-debiased',
    differs: 'linear kernel, unbiased HSIC (U-centred): 0 by chance',
    toolkits:
      'google-research (debiased), thingsvision (unbiased), similarity-repository (hsic=song), repsim (wrongu; cka); platonic-rep (unbiased_cka) but for 1e-6 beside a mean in the denominator; anatome (reduce_bias=True), as 1 minus it',
  },
  {
    family: 'CKA',
    method: 'linear-cka-debiased',
    parameters: { estimator: 'lange' },
    differs: 'linear kernel, centred, then without its diagonal',
    toolkits: 'similarity-repository (hsic=lange); repsim (wrongu; AngularCKA): its arc cosine',
  },
  {
    family: 'CKA',
    method: 'minibatch-cka',
    differs: 'unbiased HSIC added up over batches of 256 rows, in their order',
    toolkits: 'torch_cka (PyTorch-Model-Compare), in the batches of its loader',
  },
  {
    family: 'CKA',
    method: 'rbf-cka',
    differs: 'Gaussian kernel, σ the median distance of each side',
    toolkits:
      'repsim (CRAN; cka); latentis (rbf_cka) and thingsvision (sigma=None), but for the middle of an even number of distances; google-research (gram_rbf, threshold 1), with the zeros of the diagonal in its median',
  },
  {
    family: 'CKA',
    method: 'rbf-cka',
    parameters: { sigma: 1 / Math.sqrt(8) },
    differs: 'Gaussian kernel without its ½, exp(-d² / ℓ²), ℓ half of the median distance',
    toolkits: 'repsim (wrongu; cka, unbiased=False, length scale median/2)',
  },
  {
    family: 'CKA',
    method: 'rbf-cka',
    parameters: { sigma: Math.SQRT1_2 },
    differs: 'the same, ℓ the whole median distance',
    toolkits: 'repsim (wrongu; cka, unbiased=False, length scale auto)',
  },
  {
    family: 'CKA',
    method: 'rbf-cka',
    parameters: fixed,
    differs: 'Gaussian kernel, σ = 1 in the units of the data: scale counts',
    toolkits:
      'similarity-repository (rbf-sigma=1.0), thingsvision (rbf); platonic-rep (cka, rbf) but for 1e-6 in the denominator',
  },
  {
    family: 'CKA',
    method: 'rbf-cka',
    parameters: { ...fixed, estimator: 'debiased' },
    differs: 'the same, unbiased HSIC',
    toolkits:
      'similarity-repository (hsic=song), thingsvision (rbf, unbiased); platonic-rep (unbiased_cka, rbf) but for 1e-6 beside a mean in the denominator',
  },
  {
    family: 'CKA',
    method: 'rbf-cka',
    parameters: { ...fixed, estimator: 'lange' },
    differs: 'the same, centred, then without its diagonal',
    toolkits: 'similarity-repository (hsic=lange)',
  },
  {
    family: 'CKA',
    method: 'laplace-cka',
    parameters: fixed,
    differs: 'kernel exp(-d / σ), σ = 1 in the units of the data',
    toolkits: 'repsim (wrongu; cka, Laplace(1.0), unbiased=False)',
  },
  {
    family: 'CKA',
    method: 'laplace-cka',
    parameters: { ...fixed, sigma: Math.SQRT2 },
    differs: 'kernel exp(-d / √2), registered as σ = 1',
    toolkits: 'similarity-repository (laplace-sigma=1.0)',
  },
  {
    family: 'CCA',
    method: 'mean-cca',
    differs: 'mean canonical correlation of all directions, columns centred',
    toolkits:
      'similarity-repository (svcca/cca-score), sim_metric (mean_cca_corr), both of independent units; repsim (CRAN; cca, pillai)',
  },
  {
    family: 'CCA',
    method: 'svcca',
    parameters: { variance: 1, average: 'leading' },
    differs: 'mean of the leading correlations that hold 98 % of their sum',
    toolkits: 'google/svcca; latentis (there called SVCCA), 1e-6 of the largest variance added to each',
  },
  {
    family: 'CCA',
    method: 'mean-cca',
    value: 'rho-squared',
    differs: 'mean of the squares (Pillai’s trace over the number)',
    toolkits: 'repsim (CRAN; cca, there called yanai), sim_metric (mean_sq_cca_corr)',
  },
  {
    family: 'CCA',
    method: 'eigenspace-overlap',
    differs: 'sum of the squares over the larger rank, columns not centred',
    toolkits:
      'ReSi (EOS), over the larger number of units; google-research (cca) where both have as many units, all independent',
  },
  {
    family: 'CCA',
    method: 'svcca',
    differs: 'CCA of the components that hold 99 % of the variance',
    toolkits: 'the paper',
  },
  {
    family: 'CCA',
    method: 'svcca',
    parameters: { cut: 'singular-values' },
    differs: 'cut at 99 % of the sum of singular values, not of their squares',
    toolkits: 'anatome, as 1 minus it, one component fewer of columns not yet centred',
  },
  {
    family: 'CCA',
    method: 'svcca',
    parameters: { dimensions: 1 },
    differs: 'one component, by a slip in its normalisation, of data whose squares sum to more than 1.01',
    toolkits: 'ReSi',
  },
  {
    family: 'CCA',
    method: 'pwcca',
    differs: 'weights of the paper, from the first',
    toolkits: 'the paper; sim_metric (pwcca), as 1 minus it, where the first has no more units, all independent',
  },
  {
    family: 'CCA',
    method: 'pwcca',
    parameters: { weights: 'second' },
    differs: 'weights of the paper, from the second',
    toolkits: '',
  },
  {
    family: 'CCA',
    method: 'pwcca',
    parameters: { variant: 'google' },
    differs: 'weights from directions without their whitening, from the first where it has no more units',
    toolkits: 'google/svcca and ReSi, on centred data',
  },
  {
    family: 'CCA',
    method: 'pwcca',
    parameters: { variant: 'google', weights: 'second' },
    differs: 'the same, from the second where it has no more units',
    toolkits: 'google/svcca and ReSi, on centred data, the inputs exchanged',
  },
  {
    family: 'Shape',
    method: 'normalised-bures',
    differs: 'nuclear norm over both lengths: the cosine of the angle between shapes',
    toolkits: 'similarity-repository (NBS); anatome (opd), as 1 minus it',
  },
  {
    family: 'Shape',
    method: 'angular-shape',
    differs: 'that angle, in radians',
    toolkits: 'netrep (α = 1), ReSi (AngShape), repsim (wrongu; AngularShapeMetric, p no less than either width)',
  },
  { family: 'Shape', method: 'procrustes', differs: 'distance of shapes of length 1', toolkits: 'ReSi (OrthProc)' },
  {
    family: 'Shape',
    method: 'procrustes',
    of: (value) => value * value,
    differs: 'its square',
    toolkits: 'sim_metric, on data centred and scaled to length 1',
  },
  {
    family: 'Shape',
    method: 'procrustes-size-and-shape',
    differs: 'columns centred, the size kept',
    toolkits:
      'ReSi (ProcDist), netrep (euclidean), repsim (wrongu; EuclideanShapeMetric); rsatoolbox (bures_metric), squared, each side over the root of its number of units',
  },
  {
    family: 'Shape',
    method: 'riemannian-distance',
    differs: 'along the curved space of matrices of inner products, a tenth of the mean variance added',
    toolkits:
      'repsim (wrongu; AffineInvariantRiemannian) adds a fixed eps, 0 unless given: infinite for a linear kernel; rsatoolbox (neg_riem_dist), negative, fits scale and noise, as the form fitted',
  },
  { family: 'Shape', method: 'shape-metric', differs: 'half whitened, α = 0.5', toolkits: 'netrep (α = 0.5)' },
  {
    family: 'Shape',
    method: 'permutation-procrustes',
    differs: 'units reordered only, as an angle, centred',
    toolkits: 'netrep (PermutationMetric)',
  },
  {
    family: 'Shape',
    method: 'permutation-procrustes',
    parameters: { form: 'distance' },
    differs: 'units reordered only, as a distance, not centred',
    toolkits: 'ReSi (PermProc)',
  },
  {
    family: 'Shape',
    method: 'aligned-cosine',
    differs: 'mean cosine of rows after the best rotation, not centred',
    toolkits: 'ReSi (AlignCos)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    differs: 'Euclidean distances, Spearman',
    toolkits:
      'similarity-repository (rsa-rdm=euclidean-compare=spearman), thingsvision (euclidean, spearman); rsatoolbox (spearman), whose squared distances have the same ranks',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: correlation,
    differs: 'correlation distances, Spearman',
    toolkits: 'ReSi (RSA), rsatoolbox (spearman), thingsvision (correlation, spearman)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...correlation, comparison: 'pearson' },
    differs: 'correlation distances, Pearson',
    toolkits: 'rsatoolbox (corr), thingsvision (correlation)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'pearson' },
    differs: 'squared Euclidean distances, Pearson',
    toolkits: 'rsatoolbox (corr)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'kendall' },
    differs: "squared Euclidean distances, Kendall's τ-b",
    toolkits: 'rsatoolbox (kendall)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'tau-a' },
    differs: "squared Euclidean distances, Kendall's τ-a",
    toolkits: 'rsatoolbox (tau-a)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'rho-a' },
    differs: 'squared Euclidean distances, ρ-a',
    toolkits: 'rsatoolbox (rho-a)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'cosine' },
    differs: 'squared Euclidean distances, cosine: high for anything',
    toolkits: 'rsatoolbox (cosine)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'cosine-cov' },
    differs: 'the same, whitened: equal to linear CKA',
    toolkits: 'rsatoolbox (cosine_cov)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'corr-cov' },
    differs: 'the same, less their mean first',
    toolkits: 'rsatoolbox (corr_cov)',
  },
  {
    family: 'RSA',
    method: 'rsa',
    parameters: { ...squared, comparison: 'bures' },
    differs: 'squared Euclidean distances, Bures similarity: equal to that of shapes',
    toolkits: 'rsatoolbox (bures)',
  },
  {
    family: 'Neighbours',
    method: 'mutual-knn',
    differs: 'share of the 10 nearest by cosine',
    toolkits: 'platonic-rep (mutual_knn), after it clips and scales rows',
  },
  {
    family: 'Neighbours',
    method: 'mutual-knn',
    parameters: { metric: 'inner' },
    differs: 'share of the 10 nearest by inner product',
    toolkits: 'platonic-rep (mutual_knn) on rows that are not scaled',
  },
  {
    family: 'Neighbours',
    method: 'mutual-knn',
    parameters: { metric: 'euclidean' },
    differs: 'share of the 10 nearest by distance',
    toolkits: '',
  },
  {
    family: 'Neighbours',
    method: 'jaccard-knn',
    differs: 'the shared over the union of both lists, by cosine',
    toolkits: 'ReSi (Jaccard), unless rows repeat: it leaves out the first neighbour, not the row itself',
  },
  {
    family: 'Neighbours',
    method: 'second-order-cosine',
    differs: 'cosine of the similarities to both lists',
    toolkits: 'the paper',
  },
  {
    family: 'Neighbours',
    method: 'second-order-cosine',
    parameters: { entries: 'distances' },
    differs: 'cosine of the distances to both lists',
    toolkits: 'ReSi (2nd-Cos), unless rows repeat: it leaves out the first neighbour, not the row itself',
  },
  {
    family: 'Neighbours',
    method: 'cknna',
    differs: 'kernel alignment on shared neighbours, rows scaled',
    toolkits: 'platonic-rep (cknna), after it clips and scales rows, but for 1e-6 in the denominator',
  },
];
