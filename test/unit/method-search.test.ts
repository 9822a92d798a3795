import { expect, test } from 'vitest';
import { describeMethod } from '../../src/engine/describe';
import { searchMethods } from '../../src/host/method-search';
import { catalogue } from '../../src/methods/catalogue';

const methods = catalogue.map(describeMethod);
const found = (words: string) => searchMethods(methods, words).map(({ id }) => id);

/** What people type, and a method that they have to find. */
test.each([
  ['Principal components', 'pca'],
  ['principal component analysis', 'pca'],
  ['tSNE', 'tsne'],
  ['t-sne', 'tsne'],
  ['centered kernel alignment', 'linear-cka'],
  ['centred kernel alignment', 'linear-cka'],
  ['kernel alignment centring', 'linear-cka'],
  ['debiased cka', 'linear-cka-debiased'],
  ['Hungarian', 'hard-matching'],
  ['linear assignment', 'hard-matching'],
  ['Hungarian', 'permutation-procrustes'],
  ['optimal transport', 'soft-matching-transport'],
  ['Wasserstein', 'soft-matching-transport'],
  ["earth mover's", 'soft-matching-transport'],
  ['CCA', 'mean-cca'],
  ['canonical correlations', 'pwcca'],
  ['RSA', 'rsa'],
  ['Kendall', 'rsa'],
  ['orthogonal Procrustes', 'procrustes'],
  ['Kornblith', 'linear-cka'],
  ['isotropy', 'anisotropy'],
  ['intrinsic dimensionality', 'intrinsic-dimension'],
  ['TwoNN', 'intrinsic-dimension'],
  ['Silhouettes', 'clusters'],
  ['kmeans', 'clusters'],
  ['adjusted rand', 'cluster-agreement'],
  ['umap', 'umap'],
  ['uniform manifold approximation', 'umap'],
  ['dimensionality reduction', 'umap'],
  ['dimensionality reduction', 'pca'],
  ['dimensionality reduction', 'tsne'],
  ['linear discriminant analysis', 'lda'],
  ['concept vector', 'custom-axes'],
  ['steering', 'custom-axes'],
  ['nearest neighbors', 'mutual-knn'],
  ['persistent homology', 'rtd'],
  ['poincare', 'poincare'],
  ['RV coefficient', 'linear-cka'],
  ['outliers', 'row-profile'],
  ['lasso', 'sparse-prediction'],
  ['zero shot', 'stitching'],
  ['linear probe', 'stitching'],
])('%s finds %s', (words, id) => expect(found(words)).toContain(id));

test('what carries the words in its name comes before what mentions them, and short words are found whole', () => {
  expect(found('umap')[0]).toBe('umap');
  expect(found('HSIC')[0]).toBe('hsic');
  expect(found('xyzzy')).toEqual([]);
  expect(found('gromov wasserstein')).toEqual([]);
  const { length } = methods;
  expect(found('')).toHaveLength(length);
  // In "variance" and "comparing", which half of the catalogue is about.
  expect(found('ARI').length).toBeLessThan(length / 3);
});
