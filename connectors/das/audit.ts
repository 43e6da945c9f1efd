/**
 * What a header contradicts or leaves out, as data: every value found, the one used and why.
 * @module
 */
import { UnsupportedSourceError } from '../../core/errors.js';

export type AuditTopic =
  | 'sampling-interval'
  | 'time'
  | 'gap'
  | 'overlap'
  | 'channel-spacing'
  | 'first-distance'
  | 'gauge-length'
  | 'shape'
  | 'units'
  | 'clock-lock'
  | 'selection'
  | 'options';

export interface AuditEntry {
  readonly topic: AuditTopic;
  /**
   * `disagreement`: parts of the file contradict each other (a strict reading refuses);
   * `assumption`: something is missing and was assumed; `note`: a choice a reader should know of.
   */
  readonly severity: 'disagreement' | 'assumption' | 'note';
  /** Each value found, by the place where it stands (`Zone1@Spacing[0]`, `shape`). */
  readonly found: Readonly<Record<string, string | number | null>>;
  /** The value used; null where nothing was chosen. */
  readonly used: string | number | null;
  /** Reason of the choice, for a person. */
  readonly why: string;
}

/** An entry as one line of text. */
export function auditLine(entry: AuditEntry): string {
  const found = Object.entries(entry.found).map(
    ([place, value]) => `${place} ${value ?? 'missing'}`,
  );
  const used = entry.used === null ? '' : `used ${entry.used}`;
  const parts = [found.join(', '), used].filter((part) => part !== '');
  return parts.length === 0 ? entry.why : `${entry.topic}: ${parts.join('; ')}: ${entry.why}`;
}

/** Parts of the file contradict each other; a strict reading refuses. */
export const disagreement = entryOf('disagreement');
/** Something is missing, or nobody can tell, and was assumed. */
export const assumption = entryOf('assumption');
/** A choice that a reader should know of. */
export const note = entryOf('note');

function entryOf(severity: AuditEntry['severity']) {
  return (
    topic: AuditTopic,
    found: AuditEntry['found'],
    used: AuditEntry['used'],
    why: string,
  ): AuditEntry => ({ topic, severity, found, used, why });
}

/**
 * Refuses a recording whose parts contradict each other, for readings that must be beyond doubt.
 * Throws UnsupportedSourceError that lists every disagreement.
 */
export function refuseDisagreements(source: string, audit: readonly AuditEntry[]): void {
  const found = audit.filter(({ severity }) => severity === 'disagreement');
  if (found.length === 0) return;
  throw new UnsupportedSourceError({
    source,
    reason: `the header contradicts itself: ${found.map(auditLine).join('; ')}`,
    remedy: "have the writer corrected, or read without 'strict': then the values named are used",
  });
}
