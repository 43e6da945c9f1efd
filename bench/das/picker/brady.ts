/**
 * The real Brady earthquake (never trained or tuned on): the picker, STA/LTA and PhaseNet. Prints
 * JSON. Run: `QUAKELOOM_DATA=DIR node --import tsx bench/das/picker/brady.ts [WEIGHTS_DIR]`.
 * @module
 */
import path from 'node:path';
import h5wasm, { type Dataset } from 'h5wasm/node';
import { isoToNs } from '../../../core/time.js';
import { loadPhaseNet } from '../../../models/das/picker/phasenet.js';
import { loadPicker, pickFibreWindow } from '../../../models/das/picker/pick-fibre-window.js';
import { median } from '../../../models/signal/robust.js';
import { pickWithModel, pickWithStaLta, type RivalPick } from './rivals.js';

const CHANNELS = 500;
const SAMPLES = 5000;
const START = '2016-03-21T07:37:30.532309Z';
/** P and S after the start, s, and how far from them a pick is right. */
const TRUTH = { P: 8.368, S: 28.368 } as const;
const TOLERANCE_S = { P: 0.5, S: 0.7 } as const;

await h5wasm.ready;
const data = process.env['QUAKELOOM_DATA'] ?? '../shared/data';
const handle = new h5wasm.File(path.join(data, 'das/brady_eq_daspy_example_f32.h5'), 'r');
const samples = (handle.get('data') as Dataset).value as Float32Array;
handle.close();
const recording = { samples, channelCount: CHANNELS, sampleCount: SAMPLES, rateHz: 100 };

const dir = process.argv[2];
const picker = await loadPicker(dir === undefined ? {} : { dir });
const startNs = isoToNs(START);
const seconds = (ns: bigint): number => Number(ns - startNs) / 1e9;
const picked = await pickFibreWindow({
  ...recording,
  picker,
  startNs,
  distanceM: Float64Array.from({ length: CHANNELS }, (_, c) => 2520 + c),
});
const ours = picked.picks.map((pick): RivalPick => ({
  channel: pick.channel,
  phase: pick.phase,
  timeS: seconds(pick.timeNs),
  score: pick.probability,
}));
const phaseNet = await loadPhaseNet({
  file: path.join(data, 'models/phasenet-190703/model.json'),
});

/** Right and wrong picks; STA/LTA's are right at either onset. */
function judge(picks: readonly RivalPick[], channels: number): unknown {
  const isAt = (pick: RivalPick, phase: 'P' | 'S'): boolean =>
    Math.abs(pick.timeS - TRUTH[phase]) <= TOLERANCE_S[phase];
  const rightOf = (phase: 'P' | 'S'): RivalPick[] =>
    picks.filter((pick) => (pick.phase === phase || pick.phase === 'any') && isAt(pick, phase));
  const [p, s] = [rightOf('P'), rightOf('S')];
  const found = new Set(p.map((x) => x.channel)).size + new Set(s.map((x) => x.channel)).size;
  const precision = picks.length === 0 ? 0 : (p.length + s.length) / picks.length;
  const recall = found / (2 * channels);
  return {
    picks: picks.length,
    rightP: p.length,
    rightS: s.length,
    beforeP: picks.filter((pick) => pick.timeS < TRUTH.P - TOLERANCE_S.P).length,
    precision,
    recall,
    f1: (2 * precision * recall) / Math.max(1e-9, precision + recall),
    medianPS: p.length === 0 ? null : median(p.map((x) => x.timeS)),
    medianSS: s.length === 0 ? null : median(s.map((x) => x.timeS)),
  };
}

const groups = Math.ceil(CHANNELS / 8);
process.stdout.write(
  `${JSON.stringify(
    {
      events: picked.events.map((event) => ({
        pS: event.pTimeNs === null ? null : seconds(event.pTimeNs),
        sS: event.sTimeNs === null ? null : seconds(event.sTimeNs),
        distanceKm: event.distanceKm,
        probability: event.probability,
      })),
      outOfDistribution: picked.outOfDistribution,
      independentChannels: picked.independentChannels,
      ours: judge(ours, groups),
      phaseNet: judge(await pickWithModel(phaseNet, recording, 0.3), CHANNELS),
      staLta: judge(pickWithStaLta(recording, 4), CHANNELS),
    },
    null,
    2,
  )}\n`,
);
