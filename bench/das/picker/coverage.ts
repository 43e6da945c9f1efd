/**
 * Are the onset times of a fibre's evidence as sure as they say? Shares of simulated P and S inside the
 * stated intervals. Prints JSON. Run: `node --import tsx bench/das/picker/coverage.ts [WINDOWS]
 * [WEIGHTS_DIR]`.
 * @module
 */
import { LEAST_EVIDENCE, onsetLogRatio } from '../../../models/das/picker/associate.js';
import { loadPicker } from '../../../models/das/picker/pick-fibre-window.js';
import {
  eventCase,
  heldOutWindow,
  judgeWindow,
} from '../../../models/das/picker/train/calibrate.js';
import { sharedSigma } from '../../../models/das/sta-lta-evidence.js';

/** Seeds that no fit and no other benchmark has seen. */
const SEED = 2_120_000_000;
/** An onset this near the truth is meant to be it, s; it shows on half of the channels at least. */
const NEAR_S = 1.5;
const SHOWS = 0.5;
/** Shares of a normal inside so many deviations. */
const LEVELS = { '0.68': 0.994, '0.9': 1.645, '0.95': 1.96 } as const;

const [windows = '100', dir] = process.argv.slice(2);
const picker = await loadPicker(dir === undefined ? {} : { dir });
const { calibration } = picker.file;
const found: { phase: 'P' | 'S'; awayS: number; sigmaS: number; independent: number }[] = [];
const shown = { P: 0, S: 0 };
for (let k = 0; k < Number(windows); k++) {
  const window = heldOutWindow(SEED + k);
  const { quake, stretches, durationS } = eventCase(
    await judgeWindow(picker.ensemble, window),
    calibration,
  );
  if (!quake) continue;
  for (const phase of ['P', 'S'] as const) {
    const [timeS, shows] =
      phase === 'P' ? [quake.pTimeS, quake.pShows] : [quake.sTimeS, quake.sShows];
    if (shows < SHOWS || timeS < NEAR_S || timeS > durationS - 1) continue;
    shown[phase]++;
    const near = stretches
      .flatMap(({ onsets, independent }) => onsets.map((onset) => ({ ...onset, independent })))
      .filter((onset) => Math.abs(onset.timeS - timeS) < NEAR_S)
      .filter((onset) => onsetLogRatio(calibration, onset, onset.independent) >= LEAST_EVIDENCE)
      .sort((a, b) => Math.abs(a.timeS - timeS) - Math.abs(b.timeS - timeS))[0];
    if (!near) continue;
    const { independent } = near;
    const sigmaS = sharedSigma(near.spreadS, independent);
    found.push({ phase, awayS: near.timeS - timeS, sigmaS, independent });
  }
}
picker.dispose();

const median = (values: readonly number[]): number | null =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
const table = (['P', 'S'] as const).map((phase) => {
  const own = found.filter((one) => one.phase === phase);
  const inside = Object.entries(LEVELS).map(([level, sigmas]) => [
    level,
    own.filter(({ awayS, sigmaS }) => Math.abs(awayS) < sigmas * sigmaS).length / own.length,
  ]);
  return [
    phase,
    {
      shown: shown[phase],
      found: own.length,
      inside: Object.fromEntries(inside) as Record<string, number>,
      medianSigmaS: median(own.map(({ sigmaS }) => sigmaS)),
      medianAwayS: median(own.map(({ awayS }) => awayS)),
      medianIndependent: median(own.map(({ independent }) => independent)),
    },
  ] as const;
});
process.stdout.write(`${JSON.stringify(Object.fromEntries(table), null, 2)}\n`);
