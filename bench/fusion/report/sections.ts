/** What the report shows of each part. Figures as their part wrote them in, HTML out. @module */
import { at, rowsOf, show, tableOf, type Figures } from './cells.js';
import { bars, histogram, lineChart } from './charts.js';
import { dense, italy, nonLinLoc } from './runs.js';

interface Section {
  readonly part: string;
  readonly title: string;
  readonly render: (figures: unknown) => string;
}

export const SECTIONS: readonly Section[] = [
  { part: 'salton', title: 'Salton Sea 2020 against SCSN', render: salton },
  { part: 'a', title: 'Synthetic A (exact truth)', render: synthetic },
  { part: 'b', title: 'Synthetic B (exact truth, noisy)', render: synthetic },
  { part: 'locate', title: 'Location from readings: coverage', render: locate },
  { part: 'nonlinloc', title: 'Location beside NonLinLoc', render: nonLinLoc },
  { part: 'worlds', title: 'Simulated worlds of all four sources', render: worlds },
  { part: 'woven', title: 'Woven scenario: all sources against the best one', render: woven },
  { part: 'dense', title: 'A dense day: 16,000 quakes on 100 stations', render: dense },
  { part: 'italy', title: 'Central Italy, STA/LTA picks of a day', render: italy },
];

const SCORE = ['f1', 'precision', 'recall', 'epicentreKm', 'depthKm', 'magnitudeMad'] as const;
const scoreCells = (score: unknown): unknown[] => SCORE.map((key) => at(score, key));

function salton(figures: unknown): string {
  const peers = Object.entries((at(figures, 'peers') ?? {}) as Figures);
  const missing = peers.filter(([, peer]) => at(peer, 'missing') !== undefined);
  const there = peers.filter(([, peer]) => at(peer, 'missing') === undefined);
  const rows = [
    [
      'ours, tuned',
      ...scoreCells(at(figures, 'ours', 'test')),
      at(figures, 'ours', 'testCpuS'),
      at(figures, 'ours', 'peakMiB'),
    ],
    ['ours, default', ...scoreCells(at(figures, 'ours', 'default')), null, null],
    ...there.flatMap(([name, peer]) => [
      [
        `${name}, tuned`,
        ...scoreCells(at(peer, 'test')),
        at(peer, 'testCpuS'),
        at(peer, 'peakMiB'),
      ],
      [`${name}, default`, ...scoreCells(at(peer, 'default')), null, null],
    ]),
  ];
  const differences = there.map(([name, peer]) => [
    `ours - ${name}`,
    at(peer, 'oursMinusPeer', 'difference'),
    [at(peer, 'oursMinusPeer', 'low'), at(peer, 'oursMinusPeer', 'high')],
  ]);
  const curves = [
    { name: 'ours', points: pointsOf(at(figures, 'ours', 'curve')) },
    ...there.map(([name, peer]) => ({ name, points: pointsOf(at(peer, 'curve')) })),
  ].filter(({ points }) => points.length > 0);
  return (
    `<p>${show(at(figures, 'rule'))}. SCSN is incomplete: precision is a lower bound for all.</p>` +
    missing
      .map(([name, peer]) => `<p class="none">${name}: ${show(at(peer, 'missing'))}</p>`)
      .join('') +
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
      // A setting that was not run has no row.
      rows.filter((row) => row.slice(1).some((cell) => cell !== null && cell !== undefined)),
    ) +
    (differences.length > 0
      ? `<p>F1 difference, paired bootstrap over 30 min blocks:</p>${tableOf(['', 'difference', '95 %'], differences)}`
      : '') +
    (curves.length > 0
      ? lineChart({
          title: 'precision and recall',
          x: 'recall',
          y: 'precision',
          xRange: [0, 1],
          yRange: [0, 1],
          series: curves,
        })
      : '')
  );
}

function pointsOf(value: unknown): readonly (readonly [number, number])[] {
  return rowsOf(value).map((row) => [Number(row['recall']), Number(row['precision'])] as const);
}

function synthetic(figures: unknown): string {
  const missing = at(figures, 'peersMissing');
  const reliability = rowsOf(at(figures, 'ours', 'reliability')).filter(
    ({ count }) => Number(count) > 0,
  );
  const coverage = Object.entries(
    (at(figures, 'ours', 'posterior', 'coverage') ?? {}) as Record<string, number>,
  );
  const pit = Object.entries(
    (at(figures, 'ours', 'posterior', 'pit') ?? {}) as Record<string, number[]>,
  );
  return (
    `<p>${show(at(figures, 'rule'))}</p>` +
    (missing === undefined ? '' : `<p class="none">pyocto: ${show(missing)}</p>`) +
    tableOf(
      ['system', 'F1', 'precision', 'recall', 'epicentre km', 'depth km', 'magnitude MAD', 'CPU s'],
      [
        ['ours', ...scoreCells(at(figures, 'ours', 'usual')), at(figures, 'ours', 'cpuS')],
        ['pyocto', ...scoreCells(at(figures, 'pyocto', 'usual')), at(figures, 'pyocto', 'cpuS')],
      ],
    ) +
    `<p>Events of 5 picks and more, recall at precision 0.95: ours ${show(at(figures, 'ours', 'atLeast5Picks', 'recall'))}, ` +
    `PyOcto at its lowest thresholds ${show(at(figures, 'pyoctoLow', 'atLeast5Picks', 'recall'))}. Posterior of 1,000 samples: ` +
    `${show(at(figures, 'ours', 'posterior', 'msAnEvent'))} ms CPU an event.</p>` +
    lineChart({
      title: 'coverage of central intervals',
      x: 'stated',
      y: 'observed',
      xRange: [0.4, 1],
      yRange: [0.4, 1],
      diagonal: true,
      series: ['timeS', 'eastKm', 'northKm', 'depthKm', 'magnitude'].map((name) => ({
        name,
        isDots: true,
        points: coverage
          .filter(([key]) => key.startsWith(`${name} `))
          .map(([key, share]) => [Number(key.split(' ')[1]), share] as const),
      })),
    }) +
    lineChart({
      title: 'share of real events by log odds',
      x: 'median log odds',
      y: 'real',
      xRange: [-5, 20],
      yRange: [0, 1],
      series: [
        {
          name: 'observed',
          points: reliability
            .filter((r) => Number(r['medianLogOdds']) <= 20)
            .map((r) => [Number(r['medianLogOdds']), Number(r['real'])] as const),
        },
      ],
    }) +
    pit.map(([name, counts]) => histogram({ title: `PIT: ${name}`, counts })).join('')
  );
}

function locate(figures: unknown): string {
  return tableOf(
    [
      'errors',
      'events',
      'epicentre',
      'depth',
      'time',
      'allowed',
      'ms CPU',
      'median error km',
      'depth km',
    ],
    rowsOf(figures).map((row) => [
      row['errors'],
      row['events'],
      at(row, 'coverage90', 'epicentre'),
      at(row, 'coverage90', 'depthKm'),
      at(row, 'coverage90', 'originS'),
      row['allowed'],
      row['msAnEvent'],
      row['medianEpicentreErrorKm'],
      row['medianDepthErrorKm'],
    ]),
  );
}

function worlds(figures: unknown): string {
  const ranks = rowsOf(at(figures, 'ranks'));
  const sources = rowsOf(at(figures, 'sources'));
  const alarms = rowsOf(at(figures, 'falseAlarms', 'thresholds'));
  const declared = Number(at(figures, 'declared'));
  const expected = declared / 20;
  const spread = 2.6 * Math.sqrt(expected);
  return (
    `<p>${show(at(figures, 'worlds'))} quakes of the prior, ${show(declared)} declared.</p>` +
    tableOf(
      ['region', 'stated', 'observed', 'allowed', 'inside'],
      rowsOf(at(figures, 'coverage')).map((c) => [
        c['name'],
        c['level'],
        c['share'],
        c['allowed'],
        c['ok'],
      ]),
    ) +
    ranks
      .map((r) =>
        histogram({
          title: `SBC ranks: ${String(r['parameter'])} (p ${Number(r['pValue']).toPrecision(2)})`,
          counts: (r['counts'] as number[] | undefined) ?? [],
          band: [Math.max(0, expected - spread), expected + spread],
        }),
      )
      .join('') +
    bars({
      title: 'log score lost without a source, nats',
      rows: sources.map((s) => ({
        name: String(s['without']),
        value: Number(s['lossNats']),
        error: Number(s['standardError']),
      })),
    }) +
    (alarms.length === 0
      ? '<p class="none">false-alarm rate: not measured</p>'
      : tableOf(
          [
            'log odds over',
            'decoy alarms',
            'noise alarms',
            'stated',
            'seen',
            'ratio',
            'within 1.5',
          ],
          alarms.map((a) => [
            ...[a['logOdds'], a['decoyAlarms'], a['noiseAlarms']],
            ...[a['stated'], a['seen'], a['ratio'], a['ok']],
          ]),
        ))
  );
}

function woven(figures: unknown): string {
  return rowsOf(at(figures, 'scenes'))
    .map(
      (scene) =>
        `<h3>${show(scene['phones'])} phones</h3>` +
        tableOf(
          ['sources', 'median epicentre error km', 'median time to 90 % s', 'reached 90 %'],
          rowsOf(scene['systems']).map((s) => [
            s['sources'],
            s['medianErrorKm'],
            s['medianTimeS'],
            s['reached'],
          ]),
        ) +
        `<p>All sources over the best single one: error ${show(scene['errorRatio'])}, time ${show(scene['timeRatio'])}, ` +
        `over ${show(scene['draws'])} draws.</p>`,
    )
    .join('');
}
