/** Parts of the report that are one run of each system. Figures as their part wrote them in, HTML out. @module */
import { at, rowsOf, show, tableOf, type Figures } from './cells.js';

/** Errors and coverage of both locators, a row a kind of error and program. */
export function nonLinLoc(figures: unknown): string {
  const names = [
    ['ours', 'ours'],
    ['nonLinLoc', 'NonLinLoc'],
  ] as const;
  return tableOf(
    [
      'errors',
      'system',
      'located',
      'epicentre km (median)',
      'depth km (median)',
      'epicentre in 90 % region',
      'depth in 90 %',
      'allowed',
      'ms CPU an event',
    ],
    rowsOf(figures).flatMap((row) =>
      names
        .filter(([key]) => row[key] !== undefined)
        .map(([key, name]) => [
          row['errors'],
          name,
          at(row, key, 'located'),
          at(row, key, 'medianEpicentreErrorKm'),
          at(row, key, 'medianDepthErrorKm'),
          at(row, key, 'coverage90', 'epicentre'),
          at(row, key, 'coverage90', 'depthKm'),
          row['allowed'],
          at(row, key, 'msAnEvent'),
        ]),
    ),
  );
}

/** CPU seconds, memory and the score against the exact truth. */
export function dense(figures: unknown): string {
  const score = at(figures, 'ours', 'atLeast8Picks');
  return (
    `<p>${show(at(figures, 'picks'))} picks of ${show(at(figures, 'quakes'))} quakes; scored over events of 8 picks and more.</p>` +
    tableOf(
      [
        'system',
        'F1',
        'precision',
        'recall',
        'epicentre km',
        'depth km',
        'magnitude MAD',
        'CPU s',
        'MiB',
      ],
      [
        [
          'ours',
          ...(['f1', 'precision', 'recall', 'epicentreKm', 'depthKm', 'magnitudeMad'] as const).map(
            (key) => at(score, key),
          ),
          at(figures, 'ours', 'cpuS'),
          at(figures, 'ours', 'peakMiB'),
        ],
      ],
    )
  );
}

/** CPU seconds and memory; without a reference there is no score. */
export function italy(figures: unknown): string {
  const { picks, ...systems } = (figures ?? {}) as Figures;
  return (
    `<p>${show(picks)} picks.</p>` +
    tableOf(
      ['system', 'finished', 'events', 'CPU s', 'MiB'],
      Object.entries(systems).map(([name, run]) => [
        name,
        at(run, 'missing') ?? at(run, 'isFinished') ?? true,
        at(run, 'events'),
        at(run, 'cpuS'),
        at(run, 'peakMiB'),
      ]),
    )
  );
}
