import type { Method } from './method';

/** Every method that there is. Adding one touches its own file and this list. */
export const catalogue: readonly Method[] = [];
