/**
 * Load: a dense day made here (16,000 quakes, 100 stations, about 483,000 picks) and a day of
 * STA/LTA picks of central Italy.
 * @module
 */
import type { PhasePicks } from '../../core/picks.js';
import { createRandom } from '../../core/random.js';
import { associate } from '../../models/detection/picks/associate.js';
import { DEFAULT_PICK_PARAMETERS } from '../../models/detection/picks/parameters.js';
import { localTable } from '../../models/traveltime/local-table.js';
import { constantModel } from '../../models/traveltime/velocity-model.js';
import { italy, selectPicks, type PickDataset, type TrueEvent } from './datasets.js';
import { cpuOf, foundOf } from './ours.js';
import { runReal } from './peers/real.js';
import { runPeers } from './run-peers.js';
import { matchPicks, score } from './score.js';
import { ours } from './synthetic.js';

const DENSE = { quakes: 16_000, stations: 100, falseRatio: 0.35, minMagnitude: 1.35 };

/** A day in the way of the synthetic sets (their velocity-model.json has the formulas). */
export function denseDay(): PickDataset {
  const random = createRandom(7);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const laplace = (scale: number): number =>
    (random.uniform() < 0.5 ? -1 : 1) * scale * random.exponential();
  const eastKm = Float64Array.from({ length: DENSE.stations }, () => between(-100, 100));
  const northKm = Float64Array.from({ length: DENSE.stations }, () => between(-100, 100));
  const rows: { t: number; s: number; phase: number; a: number; event: number }[] = [];
  const events: TrueEvent[] = [];
  for (let event = 0; event < DENSE.quakes; event++) {
    const [timeS, x, y, z] = [
      between(0, 86_400),
      between(-80, 80),
      between(-80, 80),
      between(2, 25),
    ];
    const magnitude = DENSE.minMagnitude + random.exponential() / Math.LN10;
    for (let s = 0; s < DENSE.stations; s++) {
      const distance = Math.hypot(x - (eastKm[s] as number), y - (northKm[s] as number));
      const level = 0.93 * (magnitude - 3.5) - 1.68 * Math.log10(Math.hypot(distance, z)) + 1.08;
      for (const phase of [0, 1]) {
        const p = 1 / (1 + Math.exp(-(level - (phase === 0 ? 0.3 : 0) + 3.1) / 0.25));
        if (random.uniform() > p) continue;
        const [v0, g] = phase === 0 ? [5.8, 0.05] : [5.8 / 1.73, 0.05 / 1.73];
        const travel =
          Math.acosh(1 + (g * g * (distance * distance + z * z)) / (2 * v0 * (v0 + g * z))) / g;
        const t = timeS + travel + laplace(phase === 0 ? 0.1 : 0.18);
        rows.push({ t, s, phase, a: level + 0.3 * random.normal() - 2, event });
      }
    }
    events.push({ timeS, eastKm: x, northKm: y, depthKm: z, magnitude, picks: [] });
  }
  const falsePicks = Math.round(rows.length * DENSE.falseRatio);
  for (let i = 0; i < falsePicks; i++) {
    rows.push({
      t: between(0, 86_400),
      s: random.integer(DENSE.stations),
      phase: random.integer(2),
      a: -5.3 + 0.4 * random.normal(),
      event: -1,
    });
  }
  rows.sort((a, b) => a.t - b.t);
  const members: number[][] = events.map(() => []);
  rows.forEach(({ event }, i) => members[event]?.push(i));
  const picks: PhasePicks = {
    count: rows.length,
    timeS: Float64Array.from(rows, ({ t }) => t),
    station: Int32Array.from(rows, ({ s }) => s),
    phase: Uint8Array.from(rows, ({ phase }) => phase),
    probability: new Float32Array(rows.length).fill(Number.NaN),
    logAmplitude: Float32Array.from(rows, ({ a }) => a),
    sourceIndex: Int32Array.from(rows, (_, i) => i),
  };
  return {
    name: 'dense day',
    files: { picks: '', stations: '' },
    picks,
    stations: {
      ids: Array.from({ length: DENSE.stations }, (_, s) => `S${s}`),
      origin: { latitude: 0, longitude: 0 },
      eastKm,
      northKm,
      elevationKm: new Float64Array(DENSE.stations),
    },
    events: events.map((event, i) => ({ ...event, picks: members[i] as number[] })),
    box: { x: [-100, 100], y: [-100, 100], z: [0, 30] },
  };
}

export async function denseBench(): Promise<unknown> {
  const dataset = denseDay();
  const { association, cpuS } = ours(dataset);
  const found = foundOf(
    association.model.picks,
    association.events.filter(({ logOdds }) => logOdds > 0),
  );
  const eight = (event: TrueEvent): boolean => event.picks.length >= 8;
  return {
    picks: dataset.picks.count,
    quakes: dataset.events.length,
    ours: {
      cpuS,
      peakMiB: process.resourceUsage().maxRSS / 1024,
      passes: association.passes,
      atLeast8Picks: score(dataset.events, found, matchPicks(dataset.events, found), eight),
    },
  };
}

export async function italyBench(systems: readonly string[]): Promise<unknown> {
  const dataset = await italy();
  const model = constantModel({ vpKmS: 6.2, vpVs: 6.2 / 3.3 });
  const parameters = { ...DEFAULT_PICK_PARAMETERS, maxDepthKm: 20, maxDistanceKm: 100 };
  const { association, cpuS } = cpuOf(() => {
    const table = localTable({ model, maxDistanceKm: 110, maxDepthKm: 22 });
    return associate({ picks: dataset.picks, stations: dataset.stations, table, parameters });
  });
  const declared = association.events.filter(({ logOdds }) => logOdds > 0);
  const gamma = systems.includes('gamma')
    ? runPeers({
        system: 'gamma',
        dataset,
        picks: selectPicks(dataset.picks, {}),
        configs: [{ vp: 6.2, vpvs: 6.2 / 3.3, eps: 10, min_picks: 12, use_amplitude: false }],
      })[0]
    : undefined;
  return {
    picks: dataset.picks.count,
    ours: {
      cpuS,
      peakMiB: process.resourceUsage().maxRSS / 1024,
      events: declared.length,
      over12Picks: declared.filter(({ picks }) => picks.length >= 12).length,
      passes: association.passes,
    },
    real: systems.includes('real') ? runReal(dataset.files) : undefined,
    gamma: gamma && {
      cpuS: gamma.cpuS,
      wallS: gamma.wallS,
      events: gamma.found.length,
      peakMiB: gamma.peakMiB,
    },
  };
}
