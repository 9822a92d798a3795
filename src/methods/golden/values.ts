import { g0, g1337, type Pair, t } from './inputs';

export type Fixture = 'G0' | 'G1337' | 'T';

/** Values that others have published or computed for inputs that anyone can make. */
export interface Golden {
  readonly method: string;
  /** Which of its values. */
  readonly value: string;
  /** What differs from the defaults. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** As text: the number of decimals is the precision that is known. */
  readonly expected: Readonly<Partial<Record<Fixture, string>>>;
}

export function goldenInputs(): Readonly<Record<Fixture, Pair>> {
  return { G0: g0(), G1337: g1337(), T: t() };
}

/** How far a value may lie from one with so many decimals: 1e-9 where that many are known, else half of the last one. */
export function digitsOf(expected: string): number {
  return Math.max(1e-9, 0.501 * 10 ** -(expected.split('.')[1]?.length ?? 9));
}

/**
 * G0: the data behind figures/metric_vs_repo.csv of nacloos/similarity-repository; G1337: the demonstration of
 * google-research/representation_similarity; T: computed by hand from integers. Values without a published number were
 * computed from the definitions in double precision with NumPy.
 */
export const golden: readonly Golden[] = [
  { method: 'linear-cka', value: 'cka', expected: { G0: '.4893427391044', G1337: '.55761326', T: '.70263621657' } },
  {
    method: 'linear-cka-debiased',
    value: 'cka',
    expected: { G0: '.0235986985806', G1337: '.51345649', T: '.236232514073' },
  },
  { method: 'rbf-cka', value: 'cka', expected: { G1337: '.5757366995', T: '.7504367232' } },
  {
    method: 'distance-correlation',
    value: 'correlation',
    expected: { G0: '.8852696524', G1337: '.7992461851', T: '.9183718777' },
  },
  {
    method: 'distance-correlation',
    value: 'correlation',
    parameters: { estimator: 'bias-corrected' },
    expected: { T: '.1763313487' },
  },
  // In T the median distance is 3 on both sides, so this is σ = 1.
  { method: 'rbf-cka', value: 'cka', parameters: { sigma: 1 / 3 }, expected: { T: '.9639254757' } },
  { method: 'procrustes', value: 'distance', expected: { G0: '.7446090013', T: '.7061670961' } },
  {
    method: 'rbf-cka',
    value: 'cka',
    parameters: { width: 'fixed' },
    expected: { G0: '.8940267986', T: '.9639254757' },
  },
  {
    method: 'rbf-cka',
    value: 'cka',
    parameters: { width: 'fixed', estimator: 'debiased' },
    expected: { G0: '.0676394158' },
  },
  {
    method: 'rbf-cka',
    value: 'cka',
    parameters: { width: 'fixed', estimator: 'lange' },
    expected: { G0: '.2646042302' },
  },
  {
    method: 'linear-cka-debiased',
    value: 'cka',
    parameters: { estimator: 'lange' },
    expected: { G0: '.0533364433', T: '.4530055404' },
  },
  {
    method: 'laplace-cka',
    value: 'cka',
    parameters: { width: 'fixed' },
    expected: { G0: '.9710372820', T: '.98626447560' },
  },
  {
    method: 'laplace-cka',
    value: 'cka',
    parameters: { width: 'fixed', sigma: Math.SQRT2 },
    expected: { G0: '.9433315582' },
  },
  { method: 'hsic', value: 'hsic', expected: { T: '8.19777778' } },
  { method: 'hsic', value: 'unbiased', expected: { T: '.8222222' } },
  {
    method: 'procrustes',
    value: 'similarity',
    expected: { G0: '.7227787176', G1337: '.7362553106', T: '.7506640162' },
  },
  { method: 'angular-shape', value: 'distance', expected: { G0: '.7629815799', T: '.7217297775' } },
  { method: 'mean-cca', value: 'similarity', expected: { G0: '.8901049738', G1337: '.7310139588', T: '.66808608317' } },
  { method: 'mean-cca', value: 'rho-squared', expected: { G0: '.8583001426', G1337: '.54539633', T: '.59665603910' } },
  { method: 'svcca', value: 'similarity', expected: { G0: '.7831814123' } },
  { method: 'svcca', value: 'rho-squared', expected: { G0: '.7151595558' } },
  { method: 'svcca', value: 'similarity', parameters: { variance: 0.95 }, expected: { G0: '.7281605587' } },
  { method: 'svcca', value: 'rho-squared', parameters: { variance: 0.95 }, expected: { G0: '.6114918984' } },
  { method: 'svcca', value: 'similarity', parameters: { variance: 0.9 }, expected: { G1337: '.7057648081' } },
  { method: 'svcca', value: 'similarity', parameters: { dimensions: 10 }, expected: { G0: '.5379744461' } },
  { method: 'svcca', value: 'rho-squared', parameters: { dimensions: 10 }, expected: { G0: '.3739568340' } },
  {
    method: 'svcca',
    value: 'similarity',
    parameters: { dimensions: 1 },
    expected: { G0: '.1131685', T: '.8514226620' },
  },
  { method: 'svcca', value: 'similarity', parameters: { dimensions: 2 }, expected: { T: '.7704034663' } },
  { method: 'rsa', value: 'correlation', expected: { G0: '.0266521561', G1337: '.4929646967', T: '.5294439686' } },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { comparison: 'pearson' },
    expected: { G0: '.0584357292', T: '.5740221392' },
  },
  { method: 'rsa', value: 'correlation', parameters: { comparison: 'kendall' }, expected: { T: '.4257487956' } },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'squared-euclidean', comparison: 'pearson' },
    expected: { G0: '.0480849202', T: '.6091700571' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'squared-euclidean', comparison: 'cosine' },
    expected: { G0: '.9510853545', T: '.8780167761' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'correlation' },
    expected: { G0: '-.0040927957', G1337: '.4724396738', T: '.3259672640' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'correlation', comparison: 'pearson' },
    expected: { G0: '.0035062460', T: '.2684042964' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'correlation', comparison: 'kendall' },
    expected: { G0: '-.0020022247' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'squared-euclidean', comparison: 'tau-a' },
    expected: { T: '.3809523810' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'squared-euclidean', comparison: 'cosine-cov' },
    expected: { G0: '.4893427391', G1337: '.55761326', T: '.70263621657' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'squared-euclidean', comparison: 'corr-cov' },
    expected: { G0: '.0260051529' },
  },
  {
    method: 'rsa',
    value: 'correlation',
    parameters: { dissimilarity: 'squared-euclidean', comparison: 'bures' },
    expected: { G0: '.7227787176', G1337: '.7362553106', T: '.7506640162' },
  },
  { method: 'mutual-knn', value: 'similarity', expected: { G0: '.3466667' } },
  { method: 'mutual-knn', value: 'similarity', parameters: { metric: 'inner' }, expected: { G0: '.43' } },
  { method: 'mutual-knn', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.5833333' } },
  { method: 'mutual-knn', value: 'similarity', parameters: { neighbours: 3 }, expected: { T: '.7222222' } },
  {
    method: 'procrustes-size-and-shape',
    value: 'distance',
    expected: { G0: '5.8511260779', G1337: '30.0832722291', T: '3.8456197839' },
  },
  {
    method: 'normalised-bures',
    value: 'similarity',
    expected: { G0: '.7227787176', G1337: '.7362553106', T: '.7506640162' },
  },
  { method: 'shape-metric', value: 'distance', expected: { G1337: '.7429660917', T: '.7482544268' } },
  {
    method: 'shape-metric',
    value: 'distance',
    parameters: { alpha: 0 },
    expected: { G1337: '.7509896032', T: '.8391626977' },
  },
  {
    method: 'shape-metric',
    value: 'distance',
    parameters: { alpha: 1 },
    expected: { G0: '.7629815799', T: '.7217297775' },
  },
  {
    method: 'permutation-procrustes',
    value: 'distance',
    expected: { G0: '1.22982876', G1337: '.7622249565', T: '.8144462380' },
  },
  {
    method: 'permutation-procrustes',
    value: 'distance',
    parameters: { form: 'centred-distance' },
    expected: { G0: '9.066236076' },
  },
  {
    method: 'permutation-procrustes',
    value: 'distance',
    parameters: { form: 'distance' },
    expected: { G0: '9.346931991', G1337: '30.9718525024' },
  },
  {
    method: 'aligned-cosine',
    value: 'similarity',
    expected: { G0: '.9284614849', G1337: '.7209973774', T: '.7996140140' },
  },
  {
    method: 'aligned-cosine',
    value: 'similarity',
    parameters: { centre: true },
    expected: { G0: '.7205820248', G1337: '.7235776482', T: '.6902716432' },
  },
  { method: 'pwcca', value: 'similarity', expected: { G1337: '.7346677196', T: '.6991585015' } },
  {
    method: 'pwcca',
    value: 'similarity',
    parameters: { weights: 'second' },
    expected: { G1337: '.7368405675', T: '.6951370806' },
  },
  {
    method: 'eigenspace-overlap',
    value: 'similarity',
    expected: { G0: '.8310349228', G1337: '.5431238559', T: '.6078431895' },
  },
  {
    method: 'eigenspace-overlap',
    value: 'similarity',
    parameters: { centre: true },
    expected: { G0: '.8583001426', T: '.5966560391' },
  },
  { method: 'gulp', value: 'distance', expected: { G0: '7.0849928676', G1337: '9.0920733562', T: '2.4200637654' } },
  {
    method: 'gulp',
    value: 'distance',
    parameters: { lambda: 0.01 },
    expected: { G0: '6.4783386770', G1337: '7.3114081570', T: '2.1984285155' },
  },
  { method: 'ensd', value: 'dimensions', expected: { G0: '6.7507932384', G1337: '5.0370690226', T: '1.6572128043' } },
  { method: 'ensd', value: 'first', expected: { G0: '13.578341', T: '2.5822345593' } },
  { method: 'ensd', value: 'second', expected: { T: '2.1542683884' } },
  { method: 'linear-regression', value: 'r2', expected: { G0: '.8634248159', G1337: '.5634752417', T: '.6930177111' } },
  {
    method: 'linear-regression',
    value: 'r2-reverse',
    expected: { G0: '.8639582978', G1337: '.5677425705', T: '.6879673971' },
  },
  { method: 'rsm-difference', value: 'distance', expected: { G0: '9.8970068872', T: '7.2400096717' } },
  {
    method: 'rsm-difference',
    value: 'distance',
    parameters: { norm: 'pairs' },
    expected: { G0: '6.9982406833', G1337: '154.3257293737', T: '5.1194599347' },
  },
  { method: 'rsm-difference', value: 'distance', parameters: { norm: 'stress' }, expected: { T: '1.3218388712' } },
  {
    method: 'rsm-difference',
    value: 'distance',
    parameters: { norm: 'spectral' },
    expected: { G0: '4.2840208760', T: '4.7775638383' },
  },
  { method: 'jaccard-knn', value: 'similarity', expected: { G0: '.2148807476' } },
  { method: 'jaccard-knn', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.5' } },
  { method: 'rank-similarity', value: 'similarity', expected: { G0: '.1371122521' } },
  { method: 'rank-similarity', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.5185185' } },
  { method: 'second-order-cosine', value: 'similarity', expected: { G0: '.9931693778' } },
  { method: 'second-order-cosine', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.9356857699' } },
  {
    method: 'second-order-cosine',
    value: 'similarity',
    parameters: { entries: 'distances' },
    expected: { G0: '.9230452955' },
  },
  {
    method: 'second-order-cosine',
    value: 'similarity',
    parameters: { entries: 'distances', neighbours: 2 },
    expected: { T: '.6253871060' },
  },
  // The published code runs in float32: of .3315371519 seven digits hold in float64.
  { method: 'cknna', value: 'similarity', expected: { G0: '.331537' } },
  { method: 'cknna', value: 'similarity', parameters: { metric: 'inner' }, expected: { G0: '.3209671520' } },
  {
    method: 'minibatch-cka',
    value: 'cka',
    parameters: { batch: 100 },
    expected: { G0: '.0235986985806', G1337: '.51345649', T: '.236232514073' },
  },
  { method: 'cycle-knn', value: 'similarity', parameters: { metric: 'inner' }, expected: { G0: '.7333' } },
  { method: 'cycle-knn', value: 'reverse', parameters: { metric: 'inner' }, expected: { G0: '.6667' } },
  { method: 'cycle-knn', value: 'similarity', expected: { G0: '.9667' } },
  { method: 'cycle-knn', value: 'reverse', expected: { G0: '.9333' } },
  { method: 'cycle-knn', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.6667' } },
  { method: 'cycle-knn', value: 'reverse', parameters: { neighbours: 2 }, expected: { T: '.8333' } },
  // In T cosines are tied exactly: by fractions, the lower row first. NumPy's rounding takes another, and gives .385 and .801.
  { method: 'cknna', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.3343473731' } },
  { method: 'cknna', value: 'similarity', parameters: { neighbours: 3 }, expected: { T: '1.1424624382' } },
  { method: 'neighbour-order', value: 'common', parameters: { metric: 'inner' }, expected: { G0: '2.5000000' } },
  { method: 'neighbour-order', value: 'similarity', parameters: { metric: 'inner' }, expected: { G0: '.0667' } },
  { method: 'neighbour-order', value: 'common', expected: { G0: '2.0333' } },
  { method: 'neighbour-order', value: 'similarity', expected: { G0: '.0200000' } },
  { method: 'neighbour-order', value: 'common', parameters: { neighbours: 2 }, expected: { T: '1' } },
  { method: 'neighbour-order', value: 'similarity', parameters: { neighbours: 2 }, expected: { T: '.2500000' } },
  { method: 'magnitude-difference', value: 'difference', expected: { G0: '.0900061664', T: '.1060316308' } },
  { method: 'concentricity-difference', value: 'difference', expected: { G0: '.0054241432' } },
  { method: 'concentricity-difference', value: 'first', expected: { T: '.8614057731' } },
  { method: 'concentricity-difference', value: 'second', expected: { T: '.8356517556' } },
  { method: 'uniformity-difference', value: 'difference', expected: { G0: '.0078405604' } },
  { method: 'uniformity-difference', value: 'first', expected: { T: '-1.7900850232' } },
  { method: 'uniformity-difference', value: 'second', expected: { T: '-1.7840255470' } },
  {
    method: 'soft-matching-transport',
    value: 'correlation',
    parameters: { permutations: 0 },
    expected: { G0: '.3363914593', G1337: '.7208951225', T: '.6672665603' },
  },
];
