/**
 * What a header contradicts or leaves out, as data: every value found, the one used and why.
 * @module
 */

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

/** Lines of text as entries without values. */
export function remarks(lines: readonly string[]): AuditEntry[] {
  return lines.map((why) => ({
    topic: 'selection',
    severity: 'note',
    found: {},
    used: null,
    why,
  }));
}
