import { usePage, usePageState } from './context';
import { duration } from './format';
import { isCancelled, progressOf, rowsOf, type Stage, sharedFailures } from './rows';

interface ProgressProps {
  readonly stage: Stage;
  readonly jobKey: string;
  readonly what: string;
}

/** In place of something that is being computed, will be, or could not be. */
export function Progress({ stage, jobKey, what }: ProgressProps) {
  const { session } = usePage();
  const failures = sharedFailures(usePageState());
  if (stage.kind === 'failed' && failures.includes(stage.failure.message))
    return <p class="pending caption">{what}: not computed</p>;
  if (stage.kind === 'failed') {
    const cancelled = isCancelled(stage);
    return (
      <div class="pending">
        <p class={cancelled ? 'caption' : 'problem'}>{stage.failure.message}</p>
        <vscode-button appearance="secondary" onClick={() => session.resume(jobKey)}>
          {cancelled ? 'Resume' : 'Try again'}
        </vscode-button>
      </div>
    );
  }
  if (stage.kind === 'held') return <p class="pending caption">{what} has not been computed yet.</p>;
  return (
    <div class="pending">
      <p class="caption">{stage.kind === 'running' ? runningText(what, stage) : `${what}: waiting`}</p>
      {stage.kind === 'running' && (
        <>
          <Meter fraction={stage.progress?.fraction ?? null} what={what} />
          <button type="button" class="quiet" onClick={() => session.cancel(jobKey)}>
            Cancel
          </button>
        </>
      )}
    </div>
  );
}

/** The work as a whole: what runs, how far it is, and the way to stop it. */
export function WorkLine() {
  const state = usePageState();
  const { session } = usePage();
  const { running, held } = state;
  const { done, stopped, failed, all } = progressOf(state);
  const what = rowsOf(state).find(({ key }) => key === running?.key)?.title ?? 'All pairs';
  return (
    <div class="work-line">
      <span class="hidden" role="status">
        {all === done && stopped === 0 ? endText(failed, all) : ''}
      </span>
      {running && done < all && (
        <>
          <span class="caption">
            {runningText(what, { kind: 'running', progress: running.progress })} ({done + 1} of {all})
          </span>
          <Meter fraction={running.progress?.fraction ?? null} what={what} />
          <button type="button" class="quiet" onClick={() => session.cancel()}>
            Cancel all
          </button>
        </>
      )}
      {!running && stopped > 0 && (
        <>
          <span class="caption">
            {stopped} of {all} {held ? 'not computed yet' : 'cancelled'}
          </span>
          <button type="button" class="quiet" onClick={() => session.resume()}>
            {held ? 'Compute' : 'Resume all'}
          </button>
        </>
      )}
    </div>
  );
}

/** When nothing is left to compute. */
function endText(failed: number, all: number): string {
  if (all === 0) return '';
  if (failed === 0) return 'Everything is computed.';
  return failed === all ? 'Nothing could be computed.' : `${failed} of ${all} could not be computed.`;
}

export function Meter({ fraction, what }: { fraction: number | null; what: string }) {
  if (fraction === null) return <vscode-progress-ring aria-label={what} />;
  return <progress max={1} value={fraction} aria-label={what} />;
}

/** "Procrustes: singular values, 40 %, about 12 s left" */
export function runningText(what: string, { progress }: Extract<Stage, { kind: 'running' }>): string {
  const { fraction = null, message = '', etaSeconds = null } = progress ?? {};
  const parts = [message && !message.startsWith(what) ? `${what}: ${message}` : message || what];
  if (fraction !== null) parts.push(`${Math.floor(fraction * 100)} %`);
  if (etaSeconds !== null) parts.push(`about ${duration(etaSeconds)} left`);
  return parts.join(', ');
}
