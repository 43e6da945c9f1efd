/** `quakeloom das scan|audit`: what a file's header says. @module */
import type { Command } from 'commander';
import { table, type Output } from '../../output.js';
import { recordingFacts, type RecordingFacts } from './describe.js';
import { fileCommand, forEachFile, type FileOptions } from './files.js';

export function addScanCommand(das: Command, output: Output): void {
  fileCommand(
    das,
    'scan',
    'print what the header says: shape, time, distances, units, audit',
  ).action((names: string[], options: FileOptions) =>
    forEachFile(
      { names, options, output, text: (facts: RecordingFacts, file) => scanText(file, facts) },
      ({ recording }) => Promise.resolve(recordingFacts(recording)),
    ),
  );
}

export function addAuditCommand(das: Command, output: Output): void {
  fileCommand(
    das,
    'audit',
    'print where the header contradicts itself, what was assumed, and the values used',
  ).action((names: string[], options: FileOptions) =>
    forEachFile(
      { names, options, output, text: (facts: AuditFacts, file) => auditText(file, facts) },
      async ({ recording }) => {
        const { format, version, audit } = recordingFacts(recording);
        return Promise.resolve({ format, version, audit });
      },
    ),
  );
}

type AuditFacts = Pick<RecordingFacts, 'format' | 'version' | 'audit'>;

function scanText(file: string, facts: RecordingFacts): string {
  const gauge =
    facts.gaugeLengthM === null ? 'gauge length unknown' : `gauge ${facts.gaugeLengthM} m`;
  const { component, units, factor } = facts.conversion;
  return [
    file,
    `  ${facts.format} ${facts.version ?? ''}`.trimEnd(),
    `  ${facts.shape.join(' x ')} ${facts.dtype} (${facts.dims.join(', ')}), ${facts.rateHz} Hz, ` +
      `${facts.segments} gap-free run${facts.segments > 1 ? 's' : ''}`,
    `  ${facts.startTimeIso} to ${facts.endTimeIso}`,
    `  ${facts.firstDistanceM} m to ${facts.lastDistanceM} m by ${facts.distanceStepM} m, ${gauge}`,
    `  stored in ${facts.units ?? 'an unknown unit'}; ${component} = ${factor} ${units} a value`,
    ...facts.audit.map(({ severity, topic, why }) => `  ${severity} (${topic}): ${why}`),
    '',
  ].join('\n');
}

function auditText(file: string, facts: AuditFacts): string {
  const rows = facts.audit.map(({ severity, topic, found, used, why }) => [
    severity,
    topic,
    Object.entries(found)
      .map(([place, value]) => `${place} = ${value ?? 'missing'}`)
      .join(', '),
    used === null ? '' : String(used),
    why,
  ]);
  const header = ['severity', 'topic', 'found', 'used', 'why'];
  return `${file} (${facts.format})\n${table('remarks', header, rows)}`;
}
