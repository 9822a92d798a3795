/** What an abort signal offers to long work: called often, it throws once the job is cancelled. */
export type Signal = Pick<AbortSignal, 'throwIfAborted'>;

/** How long work is watched and stopped. A method's `Context` is one. */
export interface Watch {
  signal?: Signal | undefined;
  /** Fraction done, 0 to 1, and what is going on, in a few words. */
  progress?: ((fraction: number | null, message: string) => void) | undefined;
}

export type Cancellable = Pick<Watch, 'signal'>;
