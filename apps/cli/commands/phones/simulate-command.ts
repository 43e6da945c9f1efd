/** `quakeloom phones simulate`: a crowd of phones, a quake or a stressor, the fast path. @module */
import { Option, type Command } from 'commander';
import { STRESSORS, type Stressor } from '../../../../models/generative/phone-stress.js';
import { parseCount, parseNumber } from '../../arguments.js';
import { print, table, type Output } from '../../output.js';
import { simulatedCrowd, simulateEpisode, type Scenario } from './simulate.js';

interface SimulateOptions {
  readonly phones: number;
  readonly scenario: Scenario;
  readonly episodes: number;
  readonly time: 'day' | 'night';
  readonly minMagnitude: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function addSimulateCommand(phones: Command, output: Output): void {
  phones
    .command('simulate')
    .description('simulate a crowd that only says "triggered", in quakes and in what is none')
    .option('--phones <n>', 'phones in the region', parseCount(100, 1_000_000), 100_000)
    .addOption(
      new Option('--scenario <name>', 'what happens')
        .choices(['quake', ...(Object.keys(STRESSORS) as Stressor[])])
        .default('quake'),
    )
    .option('--episodes <n>', 'how many', parseCount(1, 1_000_000), 10)
    .addOption(
      new Option('--time <name>', 'who lies still').choices(['day', 'night']).default('night'),
    )
    .option('--min-magnitude <m>', 'of quakes', parseNumber, 5)
    .option('--seed <n>', 'seed', parseCount(0, 2 ** 31), 1)
    .option('--json', 'print JSON')
    .action((options: SimulateOptions) => {
      const { scenario, time, episodes, seed } = options;
      const crowd = simulatedCrowd(seed, options.phones);
      const results = Array.from({ length: episodes }, (_, k) =>
        simulateEpisode({
          crowd,
          seed: seed + 1 + k,
          scenario,
          time,
          leastMagnitude: options.minMagnitude,
          clockMs: () => performance.now(),
        }),
      );
      const alerted = results.filter((r) => r.alerts.length > 0).length;
      const value = {
        scenario,
        time,
        phones: options.phones,
        episodes,
        alerted,
        results: results.map((r) => ({
          steady: r.steady,
          triggers: r.triggers,
          quake: r.quake,
          alert: r.alerts[0] ?? null,
          afterFourthS: r.afterFourthS,
          errorKm: r.errorKm,
          longestBatchMs: r.longestBatchMs,
        })),
      };
      const rows = results.map((r) => [
        r.quake ? r.quake.magnitude.toFixed(1) : '-',
        String(r.triggers),
        r.alerts.length > 0 ? 'yes' : 'no',
        r.afterFourthS === null ? '-' : `${r.afterFourthS.toFixed(2)} s`,
        r.errorKm === null ? '-' : `${r.errorKm.toFixed(1)} km`,
        r.longestBatchMs === null ? '-' : `${r.longestBatchMs.toFixed(1)} ms`,
      ]);
      const header = ['M', 'triggers', 'alert', 'after 4th', 'error', 'longest batch'];
      print(output, options.json, value, table('episodes', header, rows));
    });
}
