/** Rows of the table of thresholds: what each rejected and what values it met. @module */
import { escapeHtml } from './escape.js';
import type { StackQc } from './qc-file.js';

/** HTML rows; every threshold has one, also those that rejected nothing. */
export function thresholdRows(qc: StackQc): string {
  const pairs = (name: string): string => {
    const hit = qc.pairs.filter((pair) => !pair.used && pair.reason.includes(name));
    return count(
      hit.length,
      'pair',
      hit.map(({ sceneId }) => sceneId),
    );
  };
  const pixels = (name: string): string => {
    const entry = Object.entries(qc.rejectedPixels).find(([reason]) => reason.includes(name));
    return count(entry?.[1] ?? 0, 'pixel', []);
  };
  const range = (values: readonly (number | null)[]): string => {
    const known = values.flatMap((v) => v ?? []);
    if (known.length === 0) return 'unknown';
    return `${Math.min(...known).toFixed(2)} to ${Math.max(...known).toFixed(2)}`;
  };
  const { thresholds: t } = qc;
  const rows: readonly (readonly [string, string, string, string])[] = [
    [
      'minPairCoherence',
      String(t.minPairCoherence),
      pairs('minPairCoherence'),
      range(qc.pairs.map((p) => p.meanCoherence)),
    ],
    [
      'maxLoopRmsRad',
      `${t.maxLoopRmsRad} rad`,
      pairs('maxLoopRmsRad'),
      range(qc.pairs.map((p) => p.bestLoopRmsRad)),
    ],
    ['data at the reference pixel', '', pairs('no data at the reference pixel'), ''],
    ['data in the pair', '', pairs('no pixel has data'), range(qc.pairs.map((p) => p.validShare))],
    ['area of interest and mask', '', pixels('masked'), ''],
    ['data in any pair', '', pixels('no data in any pair'), ''],
    ['minPairShare', String(t.minPairShare), pixels('minPairShare'), ''],
    ['minCoherence', String(t.minCoherence), pixels('minCoherence'), ''],
    ['minTemporalCoherence', String(t.minTemporalCoherence), pixels('minTemporalCoherence'), ''],
  ];
  return rows
    .map(
      ([name, value, rejected, found]) =>
        `<tr><td>${name}</td><td>${value}</td><td${rejected === 'nothing' ? '' : ' class="bad"'}>${escapeHtml(rejected)}</td><td>${found}</td></tr>`,
    )
    .join('');
}

function count(n: number, what: string, names: readonly string[]): string {
  if (n === 0) return 'nothing';
  const list =
    names.length > 0 ? `: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' …' : ''}` : '';
  return `${n} ${what}${n === 1 ? '' : 's'}${list}`;
}
