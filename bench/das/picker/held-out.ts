/**
 * The picker, STA/LTA and the imported PhaseNet on held-out simulations: other seeds, and ranges
 * outside those of training. Prints JSON. Run:
 * `QUAKELOOM_DATA=DIR node --import tsx bench/das/picker/held-out.ts [WINDOWS] [WEIGHTS_DIR]`.
 * @module
 */
import path from 'node:path';
import { loadPhaseNet } from '../../../models/das/picker/phasenet.js';
import {
  loadPicker,
  pickFibreWindow,
  type Picker,
} from '../../../models/das/picker/pick-fibre-window.js';
import {
  heldOutWindow,
  isQuakeAt,
  quakeShows,
  windowDistances,
} from '../../../models/das/picker/train/calibrate.js';
import { reliability } from '../../../models/das/picker/train/logistic.js';
import {
  OTHER_RANGES,
  TRAINING_RANGES,
  type DasRanges,
} from '../../../models/generative/das-ranges.js';
import type { DasWindow } from '../../../models/generative/das-windows.js';
import { pickWithModel, pickWithStaLta, type RivalPick } from './rivals.js';
import { bestScore, RIGHT_S, type Scored } from './scores.js';

const PROBABILITIES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const RATIOS = [2.5, 3, 4, 5, 6, 8, 10, 15];

const count = Number(process.argv[2] ?? 100);
const dir = process.argv[3];
const data = process.env['QUAKELOOM_DATA'] ?? '../shared/data';
const picker = await loadPicker(dir === undefined ? {} : { dir });
const phaseNet = await loadPhaseNet({
  file: path.join(data, 'models/phasenet-190703/model.json'),
});

interface Judged {
  readonly window: DasWindow;
  readonly ours: readonly RivalPick[];
  readonly events: readonly { probability: number; isTrue: boolean }[];
  readonly outOfDistribution: number;
  readonly staLta: readonly RivalPick[];
  readonly phaseNet: readonly RivalPick[];
}

async function judge(seed: number, ranges: DasRanges): Promise<Judged> {
  const window = heldOutWindow(seed, ranges);
  const recording = { ...window, channelCount: window.layout.channelCount };
  const picked = await ourPicks(picker, window);
  return {
    window,
    ...picked,
    staLta: pickWithStaLta(recording, RATIOS[0] as number),
    phaseNet: await pickWithModel(phaseNet, recording, PROBABILITIES[0] as number),
  };
}

async function ourPicks(
  own: Picker,
  window: DasWindow,
): Promise<Pick<Judged, 'ours' | 'events' | 'outOfDistribution'>> {
  const { picks, events, outOfDistribution } = await pickFibreWindow({
    ...window,
    picker: own,
    channelCount: window.layout.channelCount,
    distanceM: windowDistances(window),
    startNs: 0n,
    leastPickProbability: 0.05,
    leastEventProbability: 1e-4,
  });
  return {
    ours: picks.map((pick) => ({
      channel: pick.channel,
      phase: pick.phase,
      timeS: Number(pick.timeNs) / 1e9,
      score: pick.probability,
    })),
    events: events.map((event) => ({
      probability: event.probability,
      isTrue: isQuakeAt(window, {
        pTimeS: event.pTimeNs === null ? null : Number(event.pTimeNs) / 1e9,
        sTimeS: event.sTimeNs === null ? null : Number(event.sTimeNs) / 1e9,
      }),
    })),
    outOfDistribution: outOfDistribution.score,
  };
}

function report(judged: readonly Judged[]): unknown {
  const of = (pick: (j: Judged) => readonly RivalPick[]): Scored[] =>
    judged.map((j) => ({ window: j.window, picks: pick(j) }));
  const table = (scored: Scored[], thresholds: readonly number[]): unknown => ({
    P: bestScore(scored, 'P', thresholds),
    S: bestScore(scored, 'S', thresholds),
    any: bestScore(scored, 'any', thresholds),
  });
  const declared = judged.map((j) => j.events.filter((e) => e.probability >= 0.5));
  const quakes = judged.filter((j) => quakeShows(j.window) >= 0.25);
  const seen = quakes.filter((j) => j.events.some((e) => e.probability >= 0.5 && e.isTrue));
  const ourPicksOf = (phase: 'P' | 'S'): unknown => {
    const cases = judged.flatMap((j) =>
      j.ours.flatMap((pick) => {
        const right = pick.phase === phase ? isRightPick(j.window, pick) : null;
        return right === null ? [] : [{ p: pick.score, right }];
      }),
    );
    return reliability(
      cases.map((c) => c.p),
      cases.map((c) => c.right),
    );
  };
  return {
    windows: judged.length,
    quakes: quakes.length,
    quakelessWindows: judged.filter((j) => !j.window.quake).length,
    picks: {
      ours: table(
        of((j) => j.ours),
        PROBABILITIES,
      ),
      phaseNet: table(
        of((j) => j.phaseNet),
        PROBABILITIES,
      ),
      staLta: {
        any: bestScore(
          of((j) => j.staLta),
          'any',
          RATIOS,
        ),
      },
    },
    events: {
      declared: declared.flat().length,
      quakesFound: seen.length,
      falseInQuakelessWindows: judged.filter(
        (j, i) => !j.window.quake && (declared[i] ?? []).length > 0,
      ).length,
      falseBesideQuakes: declared.flat().filter((e) => !e.isTrue).length,
    },
    calibration: { P: ourPicksOf('P'), S: ourPicksOf('S') },
    outOfDistributionShare:
      judged.filter((j) => j.outOfDistribution > 1).length / Math.max(1, judged.length),
  };
}

function isRightPick(window: DasWindow, pick: RivalPick): boolean | null {
  const { quake } = window;
  if (!quake) return false;
  const [times, visible] =
    pick.phase === 'P' ? [quake.pTimeS, quake.pVisible] : [quake.sTimeS, quake.sVisible];
  if (Math.abs(pick.timeS - (times[pick.channel] as number)) > RIGHT_S) return false;
  return visible[pick.channel] === 2 ? true : null;
}

const sets = [
  ['otherSeeds', 2_000_000_000, TRAINING_RANGES],
  ['otherRanges', 2_100_000_000, OTHER_RANGES],
] as const;
const result: Record<string, unknown> = {};
for (const [name, seed, ranges] of sets) {
  const judged: Judged[] = [];
  for (let k = 0; k < count; k++) {
    judged.push(await judge(seed + k, ranges));
    if ((k + 1) % 20 === 0) process.stderr.write(`${name} ${k + 1}\n`);
  }
  result[name] = report(judged);
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
