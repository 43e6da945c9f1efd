/**
 * Salton Sea 2020: every system is tuned on 2020-10-02 and scored on 2020-10-01. Peers: settings swept
 * on the tuning day. Ours: station terms and velocity from the tuning day's catalogue, declaration rule
 * swept on the same day.
 * @module
 */
import type { PhasePicks, PickStations } from '../../core/picks.js';
import { createRandom } from '../../core/random.js';
import { associate, takenPicks, type Association } from '../../models/detection/picks/associate.js';
import { calibrate, type Calibration } from '../../models/detection/picks/calibrate.js';
import { DEFAULT_PICK_PARAMETERS } from '../../models/detection/picks/parameters.js';
import { sampleEvent } from '../../models/detection/picks/posterior.js';
import { isDeclared } from '../../models/detection/picks/summarise.js';
import { tableReachKm } from '../../models/detection/picks/reach.js';
import { localTable } from '../../models/traveltime/local-table.js';
import { earthModel, gradientModel } from '../../models/traveltime/velocity-model.js';
import { saltonSea, selectPicks, type TrueEvent } from './datasets.js';
import { peersMissing, runPeers, type PeerConfig, type PeerRun } from './run-peers.js';
import { matchNear, pairedBootstrap, precisionRecall, score, type FoundEvent } from './score.js';
import { cpuOf, foundOf } from './ours.js';

const DAY_S = 86_400;
const TUNE_S = Date.parse('2020-10-02T00:00:00Z') / 1000;
const TEST_S = TUNE_S - DAY_S;
const SIX_HOURS_S = 6 * 3600;
const BLOCK_S = 1800;
const MIN_PROBABILITY = 0.5;

const BASE = {
  ...DEFAULT_PICK_PARAMETERS,
  maxDepthKm: 20,
  maxDistanceKm: 100,
  depthMeanKm: 6,
  depthSigmaKm: 5,
};

/** What the peers are swept over on the tuning day. */
const PYOCTO: readonly PeerConfig[] = [
  [10, 4],
  [12, 4],
  [14, 5],
  [16, 3],
  [18, 4],
].flatMap(([n_picks, n]) =>
  [
    [6.0, 1.75],
    [5.5, 1.85],
  ].map(([vp, vpvs]) => ({
    vp,
    vpvs,
    tolerance: 1.5,
    n_picks,
    n_p: n,
    n_s: n,
    n_ps: n,
    min_prob: MIN_PROBABILITY,
  })),
);
const GAMMA: readonly PeerConfig[] = [10, 14].map((min_picks) => ({
  vp: 6.0,
  vpvs: 1.75,
  eps: 10,
  min_picks,
  min_prob: MIN_PROBABILITY,
}));

/** The settings of the peers' own examples. */
const PEER_DEFAULTS: Readonly<Record<'pyocto' | 'gamma', PeerConfig>> = {
  pyocto: { vp: 7, vpvs: 1.75, tolerance: 2, cutoff: 250, n_picks: 10, n_p: 3, n_s: 3, n_ps: 4 },
  gamma: { vp: 6, vpvs: 1.75, eps: 10, min_picks: 5 },
};

export async function saltonBench(input: {
  readonly systems: readonly string[];
}): Promise<unknown> {
  const dataset = await saltonSea();
  const truthOf = (fromS: number, toS: number): TrueEvent[] =>
    dataset.events.filter(({ timeS }) => timeS >= fromS && timeS < toS);
  const tuneTruth = truthOf(TUNE_S, TUNE_S + DAY_S);
  const testTruth = truthOf(TEST_S, TUNE_S);
  const tunePicks = selectPicks(dataset.picks, { fromS: TUNE_S, minProbability: MIN_PROBABILITY });
  const testPicks = selectPicks(dataset.picks, { toS: TUNE_S, minProbability: MIN_PROBABILITY });
  const sixPicks = selectPicks(testPicks, { toS: TEST_S + SIX_HOURS_S });
  const sixTruth = truthOf(TEST_S, TEST_S + SIX_HOURS_S);

  const models = [4.6, 5, 5.4, 5.8].flatMap((vpKmS) =>
    [0.02, 0.08, 0.15].flatMap((gradientPerS) =>
      [1.73, 1.8, 1.9].map((vpVs) => gradientModel({ vpKmS, gradientPerS, vpVs, toKm: 20 })),
    ),
  );
  const calibration = calibrate({
    picks: tunePicks,
    stations: dataset.stations,
    events: tuneTruth,
    models,
    parameters: BASE,
  });
  const run = (picks: typeof tunePicks): { association: Association; cpuS: number } =>
    cpuOf(() => {
      const table = localTable({ model: calibration.velocity, maxDistanceKm: 105, maxDepthKm: 20 });
      const { stations } = dataset;
      return associate({
        picks,
        stations,
        table,
        parameters: calibration.parameters,
        learnsTerms: false,
      });
    });
  const tuned = tuneRule(calibration, run(tunePicks).association, tuneTruth, tunePicks);
  const declared = (association: Association): FoundEvent[] =>
    foundOf(
      association.model.picks,
      association.events.filter((event) =>
        isDeclared(
          { ...association.model, parameters: { ...association.model.parameters, ...tuned } },
          event,
        ),
      ),
    );
  const test = run(testPicks);
  const all = run(selectPicks(dataset.picks, { minProbability: MIN_PROBABILITY }));
  const six = run(sixPicks);
  const ours = declared(test.association);
  const oursSix = declared(six.association);
  const plain = untuned(testPicks, dataset.stations);

  const missing = input.systems.length > 0 ? peersMissing() : null;
  const peers: Record<string, unknown> = {};
  for (const system of ['pyocto', 'gamma'] as const) {
    if (!input.systems.includes(system)) continue;
    if (missing !== null) {
      peers[system] = { missing };
      continue;
    }
    const swept = runPeers({
      system,
      dataset,
      picks: tunePicks,
      configs: system === 'pyocto' ? PYOCTO : GAMMA,
    });
    const best = bestOf(swept, tuneTruth);
    const [tested] = runPeers({ system, dataset, picks: testPicks, configs: [best.config] }) as [
      PeerRun,
    ];
    const [sixth] = runPeers({ system, dataset, picks: sixPicks, configs: [best.config] }) as [
      PeerRun,
    ];
    const [usual] = runPeers({
      system,
      dataset,
      picks: testPicks,
      configs: [PEER_DEFAULTS[system]],
    }) as [PeerRun];
    const both =
      system === 'pyocto'
        ? runPeers({
            system,
            dataset,
            picks: all.association.model.picks,
            configs: [best.config],
          })[0]
        : undefined;
    peers[system] = {
      config: best.config,
      tuningF1: score(tuneTruth, best.found, matchNear(tuneTruth, best.found)).f1,
      test: score(testTruth, tested.found, matchNear(testTruth, tested.found)),
      testCpuS: tested.cpuS,
      peakMiB: tested.peakMiB,
      default: score(testTruth, usual.found, matchNear(testTruth, usual.found)),
      curve: precisionRecall(testTruth, tested.found),
      first6h: score(sixTruth, sixth.found, matchNear(sixTruth, sixth.found)),
      first6hCpuS: sixth.cpuS,
      ...(both ? { bothDaysCpuS: both.cpuS } : {}),
      oursMinusPeer: pairedBootstrap({
        truth: testTruth,
        first: ours,
        second: tested.found,
        fromS: TEST_S,
        toS: TUNE_S,
        blockS: BLOCK_S,
        uniform: createRandom(1).uniform,
      }),
    };
  }
  const posterior = cpuOf(() => {
    const { events, model } = test.association;
    const isTaken = takenPicks(test.association);
    const chosen = events.slice(0, 200);
    chosen.forEach((event, i) =>
      sampleEvent({ model, event, isTaken, count: 1000, random: createRandom(i) }),
    );
    return chosen.length;
  });
  return {
    rule: 'within 3 s and 20 km, one to one; tuned on 2020-10-02, scored on 2020-10-01; picks >= 0.5',
    picks: {
      test: testPicks.count,
      first6h: sixPicks.count,
      bothDays: all.association.model.picks.count,
    },
    ours: {
      velocity: calibration.velocity.name,
      declaration: tuned,
      test: score(testTruth, ours, matchNear(testTruth, ours)),
      testCpuS: test.cpuS,
      peakMiB: process.resourceUsage().maxRSS / 1024,
      default: score(testTruth, plain, matchNear(testTruth, plain)),
      curve: precisionRecall(testTruth, ranked(test.association, tuned)),
      first6h: score(sixTruth, oursSix, matchNear(sixTruth, oursSix)),
      first6hCpuS: six.cpuS,
      bothDaysCpuS: all.cpuS,
      posteriorMsAnEvent: (1000 * posterior.cpuS) / posterior.association,
    },
    peers,
  };
}

/** All events, ranked by what the declaration rule compares. */
function ranked(association: Association, rule: Rule): FoundEvent[] {
  return foundOf(association.model.picks, association.events).map((event) => ({
    ...event,
    rank:
      event.rank +
      rule.declarePerMagnitude * ((event.magnitude as number) - rule.declareMagnitude) -
      rule.declareLogOdds,
  }));
}

/** Nothing tuned: default parameters, iasp91, declared where more probable than not. */
function untuned(picks: PhasePicks, stations: PickStations): FoundEvent[] {
  const table = localTable({
    model: earthModel('iasp91'),
    maxDistanceKm: tableReachKm(stations, DEFAULT_PICK_PARAMETERS),
    maxDepthKm: DEFAULT_PICK_PARAMETERS.maxDepthKm,
  });
  const { events, model } = associate({
    picks,
    stations,
    table,
    parameters: DEFAULT_PICK_PARAMETERS,
  });
  return foundOf(
    model.picks,
    events.filter((event) => isDeclared(model, event)),
  );
}

interface Rule {
  readonly declareLogOdds: number;
  readonly declarePerMagnitude: number;
  readonly declareMagnitude: number;
}

/** The rule with the best F1 on the tuning day. */
function tuneRule(
  calibration: Calibration,
  association: Association,
  truth: readonly TrueEvent[],
  picks: Association['model']['picks'],
): Rule & { readonly tuningF1: number } {
  const events = association.events;
  const found = foundOf(picks, events);
  let best = { declareLogOdds: 0, declarePerMagnitude: 0, declareMagnitude: 1.5, tuningF1: 0 };
  for (const declarePerMagnitude of [0, 20, 40, 60, 80, 100]) {
    for (let declareLogOdds = 0; declareLogOdds <= 120; declareLogOdds += 2) {
      const rule = { declareLogOdds, declarePerMagnitude, declareMagnitude: 1.5 };
      const model = { ...association.model, parameters: { ...calibration.parameters, ...rule } };
      const kept = found.filter((_, i) => isDeclared(model, events[i] as (typeof events)[number]));
      const tuningF1 = score(truth, kept, matchNear(truth, kept)).f1;
      if (tuningF1 > best.tuningF1) best = { ...rule, tuningF1 };
    }
  }
  return best;
}

function bestOf(runs: readonly PeerRun[], truth: readonly TrueEvent[]): PeerRun {
  const f1 = (run: PeerRun): number => score(truth, run.found, matchNear(truth, run.found)).f1;
  return runs.reduce((a, b) => (f1(b) > f1(a) ? b : a));
}
