/**
 * Synthetic sets with exact truth: A, B and a dense day. Detection by shared picks (>= 0.6).
 * @module
 */
import { createRandom } from '../../core/random.js';
import { associate, takenPicks, type Association } from '../../models/detection/picks/associate.js';
import { DEFAULT_PICK_PARAMETERS } from '../../models/detection/picks/parameters.js';
import { sampleEvent } from '../../models/detection/picks/posterior.js';
import { tableReachKm } from '../../models/detection/picks/reach.js';
import { localTable } from '../../models/traveltime/local-table.js';
import { gradientModel } from '../../models/traveltime/velocity-model.js';
import { synthetic, type PickDataset, type TrueEvent } from './datasets.js';
import { cpuOf, foundOf } from './ours.js';
import { peersMissing, runPeers, type PeerConfig, type PeerRun } from './run-peers.js';
import {
  isDetectable,
  matchPicks,
  median,
  recallAtPrecision,
  score,
  type FoundEvent,
} from './score.js';

/** The sets' own velocity model. */
export const VELOCITY = gradientModel({ vpKmS: 5.8, gradientPerS: 0.05, vpVs: 1.73, toKm: 100 });
/** PyOcto's staircase of the same, depth, vp, vs. */
const LAYERS = Array.from({ length: 41 }, (_, z) => [z, 5.8 + 0.05 * z, (5.8 + 0.05 * z) / 1.73]);
/** The sets' usual rule, and what PyOcto needs to propose small events. */
const PYOCTO: PeerConfig = { layers: LAYERS, tolerance: 1, n_picks: 8, n_p: 3, n_s: 2, n_ps: 3 };
const PYOCTO_LOW: PeerConfig = { ...PYOCTO, n_picks: 5, n_p: 1, n_s: 1, n_ps: 1 };
const FEW = 5;
const PIT_BINS = 10;

export function ours(dataset: PickDataset): { association: Association; cpuS: number } {
  return cpuOf(() => {
    const table = localTable({
      model: VELOCITY,
      maxDistanceKm: tableReachKm(dataset.stations, DEFAULT_PICK_PARAMETERS),
      maxDepthKm: DEFAULT_PICK_PARAMETERS.maxDepthKm,
    });
    return associate({
      picks: dataset.picks,
      stations: dataset.stations,
      table,
      parameters: DEFAULT_PICK_PARAMETERS,
    });
  });
}

export async function syntheticBench(
  which: 'a' | 'b',
  systems: readonly string[],
): Promise<unknown> {
  const dataset = await synthetic(which);
  const { association, cpuS } = ours(dataset);
  const found = foundOf(association.model.picks, association.events);
  const rows = new Map<number, number>();
  dataset.picks.sourceIndex.forEach((row, i) => rows.set(row, i));
  const wanted = isDetectable((row) => ({
    station: dataset.picks.station[rows.get(row) as number] as number,
    phase: dataset.picks.phase[rows.get(row) as number] as number,
  }));
  // The same rule for what is found: 8 picks, 3 P, 2 S, 3 stations with both.
  const strict = (events: readonly FoundEvent[]): FoundEvent[] =>
    events.filter(({ picks }) => wanted({ ...(dataset.events[0] as TrueEvent), picks }));
  const usual = strict(found);
  const few = (event: TrueEvent): boolean => event.picks.length >= FEW;
  const recall = (events: readonly FoundEvent[]): unknown =>
    recallAtPrecision({ truth: dataset.events, found: events, isWanted: few, precision: 0.95 });
  const missing = systems.includes('pyocto') ? peersMissing() : null;
  const peer = (configs: readonly PeerConfig[]): readonly PeerRun[] =>
    systems.includes('pyocto') && missing === null
      ? runPeers({ system: 'pyocto', dataset, picks: dataset.picks, configs })
      : [];
  const [normal, low] = peer([PYOCTO, PYOCTO_LOW]);
  return {
    picks: dataset.picks.count,
    ...(missing === null ? {} : { peersMissing: missing }),
    rule: 'shared picks / max >= 0.6; recall over events with >= 8 picks, 3 P, 2 S, 3 stations with both',
    ours: {
      cpuS,
      peakMiB: process.resourceUsage().maxRSS / 1024,
      usual: score(dataset.events, usual, matchPicks(dataset.events, usual), wanted),
      atLeast5Picks: recall(found),
      posterior: posteriorOf(dataset, association),
      reliability: reliability(dataset, found),
    },
    pyocto: normal && {
      cpuS: normal.cpuS,
      usual: score(dataset.events, normal.found, matchPicks(dataset.events, normal.found), wanted),
    },
    pyoctoLow: low && {
      config: { ...low.config, layers: 'true model' },
      cpuS: low.cpuS,
      atLeast5Picks: recall(low.found),
    },
  };
}

/** Coverage of central intervals over matched events, and CPU of the sampling. */
function posteriorOf(dataset: PickDataset, association: Association): unknown {
  const events = association.events.filter(({ logOdds }) => logOdds > 3).slice(0, 400);
  const found = foundOf(association.model.picks, events);
  const { model } = association;
  const isTaken = takenPicks(association);
  const drawn = cpuOf(() =>
    events.map((event, i) =>
      sampleEvent({ model, event, isTaken, count: 1000, random: createRandom(i) }),
    ),
  );
  const matches = matchPicks(dataset.events, found);
  const coverage: Record<string, number> = {};
  const pit: Record<string, number[]> = {};
  for (const key of ['timeS', 'eastKm', 'northKm', 'depthKm', 'magnitude'] as const) {
    const counts = new Array<number>(PIT_BINS).fill(0);
    for (const match of matches) {
      const values = drawn.association[match.found]?.[key];
      if (!values) continue;
      const truth = (dataset.events[match.truth] as TrueEvent)[key];
      const share = values.filter((v) => v < truth).length / values.length;
      counts[Math.min(PIT_BINS - 1, Math.floor(share * PIT_BINS))]!++;
    }
    pit[key] = counts;
    for (const level of [0.5, 0.9, 0.95]) {
      let inside = 0;
      for (const match of matches) {
        const samples = drawn.association[match.found];
        if (!samples) continue;
        const sorted = samples[key].slice().sort();
        const value = (dataset.events[match.truth] as TrueEvent)[key];
        const at = (share: number): number => sorted[Math.floor(share * 999)] as number;
        if (value >= at((1 - level) / 2) && value <= at((1 + level) / 2)) inside++;
      }
      coverage[`${key} ${level}`] = inside / matches.length;
    }
  }
  return {
    events: events.length,
    matched: matches.length,
    msAnEvent: (1000 * drawn.cpuS) / events.length,
    coverage,
    pit,
  };
}

/** Share of found events that are true, by log odds. */
function reliability(dataset: PickDataset, found: readonly FoundEvent[]): unknown {
  const real = new Set(matchPicks(dataset.events, found).map((match) => match.found));
  return [-4, -1, 1, 3, 5, 8, 12, 20, 1e9].slice(1).map((high, i) => {
    const low = [-4, -1, 1, 3, 5, 8, 12, 20][i] as number;
    const inside = found.flatMap(({ rank }, k) => (rank > low && rank <= high ? [k] : []));
    const share = inside.filter((k) => real.has(k)).length / Math.max(1, inside.length);
    return {
      above: low,
      count: inside.length,
      real: share,
      medianLogOdds: median(inside.map((k) => (found[k] as FoundEvent).rank)),
    };
  });
}
