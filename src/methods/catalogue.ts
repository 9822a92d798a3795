import { angularShape } from './compare/angular-shape';
import { linearCka } from './compare/linear-cka';
import { linearCkaDebiased } from './compare/linear-cka-debiased';
import { meanCca } from './compare/mean-cca';
import { mutualKnn } from './compare/mutual-knn';
import { procrustes } from './compare/procrustes';
import { rbfCka } from './compare/rbf-cka';
import { relativeAgreement } from './compare/relative-agreement';
import { rsa } from './compare/rsa';
import { svcca } from './compare/svcca';
import { overview } from './describe/overview';
import { hardMatching } from './match/hard';
import { softMatching } from './match/soft';
import type { Method } from './method';
import { relative } from './transform/relative';

/** Every method that there is. Adding one touches its own file and this list. */
export const catalogue: readonly Method[] = [
  linearCka,
  linearCkaDebiased,
  procrustes,
  mutualKnn,
  rsa,
  rbfCka,
  angularShape,
  meanCca,
  svcca,
  relativeAgreement,
  hardMatching,
  softMatching,
  relative,
  overview,
];
