import { relativeAgreement } from './compare/relative-agreement';
import { overview } from './describe/overview';
import { hardMatching } from './match/hard';
import { softMatching } from './match/soft';
import type { Method } from './method';
import { relative } from './transform/relative';

/** Every method that there is. Adding one touches its own file and this list. */
export const catalogue: readonly Method[] = [relativeAgreement, hardMatching, softMatching, relative, overview];
