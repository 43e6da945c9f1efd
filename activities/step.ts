/**
 * Runs one step inside an activity: heartbeats while it works, cancellation into it, typed errors
 * out of it as Temporal failures whose type is the error's tag.
 * @module
 */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Progress } from '../core/compute.js';
import { describeError, isQuakeError } from '../core/errors.js';

export interface StepContext {
  /** Aborted when the workflow was cancelled or the worker stops. */
  readonly signal: AbortSignal;
  /**
   * Sent as heartbeat detail, seen in the Web UI. A checkpoint given once stays in every later
   * heartbeat, so that a retry can go on from it; keep it small.
   */
  readonly report: (progress: Progress, checkpoint?: unknown) => void;
}

interface HeartbeatDetail extends Progress {
  readonly checkpoint?: unknown;
}

const HEARTBEAT_MS = 5_000;

/** Runs `work` with a heartbeat every five seconds, whatever it does meanwhile. */
export async function step<T>(work: (context: StepContext) => Promise<T>): Promise<T> {
  const context = Context.current();
  let latest: HeartbeatDetail = {
    fraction: 0,
    note: context.info.attempt > 1 ? `attempt ${context.info.attempt}` : 'started',
    checkpoint: lastCheckpoint(),
  };
  const beat = setInterval(() => context.heartbeat(latest), HEARTBEAT_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      report: (progress, checkpoint = latest.checkpoint) => {
        latest = { ...progress, checkpoint };
        context.heartbeat(latest);
      },
    });
  } catch (error) {
    throw toFailure({ error, signal: context.cancellationSignal, attempt: context.info.attempt });
  } finally {
    clearInterval(beat);
  }
}

/**
 * Checkpoint of an earlier attempt, or undefined. It may be any earlier one, not only the last:
 * servers can lose the newest heartbeat of a failed attempt.
 */
export function lastCheckpoint(): unknown {
  const detail = Context.current().info.heartbeatDetails as HeartbeatDetail | undefined;
  return detail?.checkpoint;
}

/** An error nobody foresaw is most likely a defect: it is not tried for ever. */
const UNFORESEEN_ATTEMPTS = 5;

/** Maps an error to what Temporal retries by: the tag is the type, permanent ones are final. */
export function toFailure(input: { error: unknown; signal: AbortSignal; attempt: number }): Error {
  const { error, signal, attempt } = input;
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (signal.aborted) return new CancelledFailure('cancelled while working');
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isQuakeError(error)) {
    return ApplicationFailure.create({
      message: describeError(error),
      type: error._tag,
      nonRetryable: !error.retryable,
      cause,
    });
  }
  return ApplicationFailure.create({
    message: `unforeseen ${cause.name}: ${cause.message}`,
    type: 'Unforeseen',
    nonRetryable: attempt >= UNFORESEEN_ATTEMPTS,
    cause,
  });
}
