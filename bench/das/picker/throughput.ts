/**
 * Channels picked in real time at 100 Hz: the whole picker (preparation, ensemble, association, check
 * of the window) beside PhaseNet through TensorFlow in Python and through TensorFlow.js, by turns,
 * the best of several rounds. Prints JSON. Run:
 * `QUAKELOOM_DATA=DIR node --import tsx bench/das/picker/throughput.ts [CHANNELS] [ROUNDS] [WEIGHTS_DIR]`.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePeers } from '../../../infra/peers.mjs';
import { loadBackend } from '../../../models/backend.js';
import { loadPhaseNet } from '../../../models/das/picker/phasenet.js';
import { loadPicker, pickFibreWindow } from '../../../models/das/picker/pick-fibre-window.js';
import { drawDasWindow } from '../../../models/generative/das-windows.js';

const channels = Number(process.argv[2] ?? 512);
const rounds = Number(process.argv[3] ?? 3);
const dir = process.argv[4];
const RATE_HZ = 100;
const SAMPLES = 4096;
const TRACES = 256;
const modelDir = path.join(
  process.env['QUAKELOOM_DATA'] ?? '../shared/data',
  'models/phasenet-190703',
);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const python = ensurePeers({
  requirements: here('../../../infra/peers-phasenet-requirements.txt'),
});
const { describe } = await loadBackend();
const picker = await loadPicker(dir === undefined ? {} : { dir });
const phaseNet = await loadPhaseNet({ file: path.join(modelDir, 'model.json') });

/** A fibre of repeated simulated stretches: what is in it does not change the cost much. */
function recording(): Float32Array {
  const window = drawDasWindow({
    seed: 7,
    channelCount: 64,
    sampleCount: SAMPLES,
    rateHz: RATE_HZ,
    hasQuake: true,
    channelSpacingM: 10,
  });
  const samples = new Float32Array(channels * SAMPLES);
  for (let c = 0; c < channels; c++) {
    const row = window.samples.subarray((c % 64) * SAMPLES, ((c % 64) + 1) * SAMPLES);
    samples.set(row, c * SAMPLES);
  }
  return samples;
}

const samples = recording();
async function oursSeconds(spacingM: number): Promise<number> {
  const distanceM = Float64Array.from({ length: channels }, (_, c) => c * spacingM);
  const start = performance.now();
  await pickFibreWindow({
    samples,
    picker,
    channelCount: channels,
    sampleCount: SAMPLES,
    rateHz: RATE_HZ,
    startNs: 0n,
    distanceM,
  });
  return (performance.now() - start) / 1000;
}

async function tfjsSeconds(): Promise<number> {
  const traces = new Float32Array(TRACES * 3000 * 3).map(() => Math.random() - 0.5);
  const start = performance.now();
  await phaseNet.predict(traces, TRACES);
  return (performance.now() - start) / 1000;
}

interface PeerAnswer {
  readonly seconds: number;
  readonly worstDifference: number;
  readonly tensorflow: string;
}

function pythonRun(): PeerAnswer {
  const text = execFileSync(
    python,
    [here('phasenet_throughput.py'), modelDir, String(TRACES), '2'],
    { encoding: 'utf8' },
  );
  return JSON.parse(text) as PeerAnswer;
}

const best = { apart10m: Infinity, apart1m: Infinity, tfjs: Infinity, python: Infinity };
let peer: PeerAnswer | null = null;
await oursSeconds(10);
for (let round = 0; round < rounds; round++) {
  best.apart10m = Math.min(best.apart10m, await oursSeconds(10));
  best.tfjs = Math.min(best.tfjs, await tfjsSeconds());
  peer = pythonRun();
  best.python = Math.min(best.python, peer.seconds);
  best.apart1m = Math.min(best.apart1m, await oursSeconds(1));
}
const realTime = (seconds: number, traces: number, traceSamples: number): number =>
  Math.round((traces * traceSamples) / RATE_HZ / seconds);
const python2 = realTime(best.python, TRACES, 3000);
const ours = realTime(best.apart10m, channels, SAMPLES);
process.stdout.write(
  `${JSON.stringify(
    {
      backend: describe(),
      cores: availableParallelism(),
      loadAverage: loadavg(),
      members: picker.file.members,
      channelsInRealTime: {
        oursEveryChannel: ours,
        oursOneMetreAveragedBy8: realTime(best.apart1m, channels, SAMPLES),
        phaseNetPython: python2,
        phaseNetTensorFlowJs: realTime(best.tfjs, TRACES, 3000),
      },
      oursOverPython: ours / python2,
      peer,
    },
    null,
    2,
  )}\n`,
);
