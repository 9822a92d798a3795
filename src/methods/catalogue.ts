import { alignedCosine } from './compare/aligned-cosine';
import { anchorCurve } from './compare/anchor-curve';
import { angularShape } from './compare/angular-shape';
import { cknna } from './compare/cknna';
import { classSubspaceSimilarity } from './compare/class-subspace-similarity';
import { clusterAgreement } from './compare/cluster-agreement';
import { collapse } from './compare/collapse';
import { concentricityDifference } from './compare/concentricity-difference';
import { cycleKnn } from './compare/cycle-knn';
import { distanceCorrelation } from './compare/distance-correlation';
import { eigenspaceOverlap } from './compare/eigenspace-overlap';
import { encoderCompatibility } from './compare/encoder-compatibility';
import { ensd } from './compare/ensd';
import { gulp } from './compare/gulp';
import { hsic } from './compare/hsic';
import { imd } from './compare/imd';
import { invarianceCheck } from './compare/invariance-check';
import { jaccardKnn } from './compare/jaccard-knn';
import { laplaceCka } from './compare/laplace-cka';
import { linearCka } from './compare/linear-cka';
import { linearCkaDebiased } from './compare/linear-cka-debiased';
import { linearRegression } from './compare/linear-regression';
import { magnitudeDifference } from './compare/magnitude-difference';
import { meanCca } from './compare/mean-cca';
import { minibatchCka } from './compare/minibatch-cka';
import { mutualKnn } from './compare/mutual-knn';
import { neighbourOrder } from './compare/neighbour-order';
import { normalisedBures } from './compare/normalised-bures';
import { outputDisagreement } from './compare/output-disagreement';
import { permutationProcrustes } from './compare/permutation-procrustes';
import { procrustes } from './compare/procrustes';
import { procrustesSizeAndShape } from './compare/procrustes-size-and-shape';
import { pwcca } from './compare/pwcca';
import { rankSimilarity } from './compare/rank-similarity';
import { rbfCka } from './compare/rbf-cka';
import { relativeAgreement } from './compare/relative-agreement';
import { relativeSpaces } from './compare/relative-spaces';
import { ridgeRegression } from './compare/ridge-regression';
import { riemannianDistance } from './compare/riemannian-distance';
import { robustness } from './compare/robustness';
import { rowNeighbourhoods } from './compare/row-neighbourhoods';
import { rsa } from './compare/rsa';
import { rsmDifference } from './compare/rsm-difference';
import { rtd } from './compare/rtd';
import { samplesNeeded } from './compare/samples-needed';
import { secondOrderCosine } from './compare/second-order-cosine';
import { shapeMetric } from './compare/shape-metric';
import { stitching } from './compare/stitching';
import { stochasticShape } from './compare/stochastic-shape';
import { svcca } from './compare/svcca';
import { uniformityDifference } from './compare/uniformity-difference';
import { variants } from './compare/variants';
import { viewAlignment } from './compare/view-alignment';
import { anchorCoverage } from './describe/anchor-coverage';
import { anisotropy } from './describe/anisotropy';
import { classGeometry } from './describe/class-geometry';
import { classSubspaces } from './describe/class-subspaces';
import { clusters } from './describe/clusters';
import { codingRate } from './describe/coding-rate';
import { featureComplexity } from './describe/feature-complexity';
import { hdbscan } from './describe/hdbscan';
import { hubness } from './describe/hubness';
import { hyperbolicity } from './describe/hyperbolicity';
import { intrinsicDimension } from './describe/intrinsic-dimension';
import { manifoldEntropy } from './describe/manifold-entropy';
import { matryoshkaMap } from './describe/matryoshka-map';
import { overview } from './describe/overview';
import { rowProfile } from './describe/row-profile';
import { spectralDecay } from './describe/spectral-decay';
import { uniformity } from './describe/uniformity';
import { verification } from './describe/verification';
import { graphFastrp } from './embed/graph-fastrp';
import { imagePixelsPca } from './embed/image-pixels-pca';
import { textTfidfSvd } from './embed/text-tfidf-svd';
import { coClustering } from './match/co-clustering';
import { convergentLearning } from './match/convergent-learning';
import { hardMatching } from './match/hard';
import { mutualInformationMatching } from './match/mutual-information';
import { softMatching } from './match/soft';
import { softMatchingTransport } from './match/soft-transport';
import { sparsePrediction } from './match/sparse-prediction';
import { unitCorrelations } from './match/unit-correlations';
import { unitPair } from './match/unit-pair';
import type { Method } from './method';
import { axes } from './transform/axes';
import { encoderAdapter } from './transform/encoder-adapter';
import { heatGeodesic } from './transform/heat-geodesic';
import { lda } from './transform/lda';
import { mds } from './transform/mds';
import { mlc } from './transform/mlc';
import { pca } from './transform/pca';
import { phate } from './transform/phate';
import { poincare } from './transform/poincare';
import { relative } from './transform/relative';
import { subspaces } from './transform/subspaces';
import { tsne } from './transform/tsne';
import { umap } from './transform/umap';
import { viewFusion } from './transform/view-fusion';

/** Every method that there is but those that examine methods. Adding one touches its own file and this list. */
const methods: readonly Method[] = [
  linearCka,
  linearCkaDebiased,
  minibatchCka,
  procrustes,
  mutualKnn,
  rsa,
  rbfCka,
  laplaceCka,
  hsic,
  distanceCorrelation,
  angularShape,
  meanCca,
  svcca,
  procrustesSizeAndShape,
  shapeMetric,
  permutationProcrustes,
  stochasticShape,
  normalisedBures,
  classSubspaceSimilarity,
  alignedCosine,
  pwcca,
  eigenspaceOverlap,
  gulp,
  encoderCompatibility,
  ensd,
  linearRegression,
  ridgeRegression,
  rsmDifference,
  riemannianDistance,
  jaccardKnn,
  rowNeighbourhoods,
  secondOrderCosine,
  rankSimilarity,
  neighbourOrder,
  cknna,
  cycleKnn,
  imd,
  rtd,
  magnitudeDifference,
  concentricityDifference,
  uniformityDifference,
  viewAlignment,
  clusterAgreement,
  collapse,
  outputDisagreement,
  relativeAgreement,
  relativeSpaces,
  anchorCurve,
  stitching,
  hardMatching,
  softMatching,
  softMatchingTransport,
  mutualInformationMatching,
  unitCorrelations,
  sparsePrediction,
  coClustering,
  convergentLearning,
  unitPair,
  relative,
  pca,
  mds,
  lda,
  axes,
  encoderAdapter,
  viewFusion,
  tsne,
  umap,
  heatGeodesic,
  phate,
  poincare,
  subspaces,
  mlc,
  overview,
  intrinsicDimension,
  spectralDecay,
  anisotropy,
  hubness,
  uniformity,
  manifoldEntropy,
  hyperbolicity,
  clusters,
  hdbscan,
  rowProfile,
  verification,
  classSubspaces,
  classGeometry,
  codingRate,
  matryoshkaMap,
  anchorCoverage,
  featureComplexity,
  textTfidfSvd,
  imagePixelsPca,
  graphFastrp,
];

const measures = methods.filter(({ takes }) => takes === 'pair');

export const catalogue: readonly Method[] = [
  ...methods,
  variants(measures),
  invarianceCheck(measures),
  robustness(measures),
  samplesNeeded(measures),
];
