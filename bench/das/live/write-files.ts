/**
 * Writes a fibre's seconds as PRODML files in real time, for `files.ts`: `write-files.ts FOLDER SECONDS`.
 * Tells its parent when each file has its name.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { writeProdml } from '../../../connectors/das/write/write-prodml.js';
import { CHANNELS, RATE_HZ, SPACING_KM, fillPacket } from './packets.js';

const [root, secondsText] = process.argv.slice(2) as [string, string];
const samples = new Float32Array(CHANNELS * RATE_HZ);
const turned = new Float32Array(samples.length);
const startNs = 1_600_000_000_000_000_000n;
const beganMs = performance.now();
for (let second = 0; second < Number(secondsText); second++) {
  fillPacket(second, samples);
  for (let c = 0; c < CHANNELS; c++) {
    for (let t = 0; t < RATE_HZ; t++) {
      turned[t * CHANNELS + c] = samples[c * RATE_HZ + t] as number;
    }
  }
  await sleep(Math.max(0, beganMs + (second + 1) * 1000 - performance.now()));
  const name = `${String(second).padStart(6, '0')}.h5`;
  await writeProdml({
    path: path.join(root, name),
    startNs: startNs + BigInt(second) * 1_000_000_000n,
    rateHz: RATE_HZ,
    channelCount: CHANNELS,
    dxM: SPACING_KM * 1000,
    gaugeLengthM: 10,
    samples: turned,
    unit: 'microstrain/s',
  });
  process.send?.({ name, atMs: Date.now() });
}
