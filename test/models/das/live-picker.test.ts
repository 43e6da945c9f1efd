/** A simulated quake, second by second, through gate and picker. @module */
import { describe, expect, it } from 'vitest';
import { createLivePicker, type LiveEvidence } from '../../../models/das/live-picker.js';
import { advanceLiveStream, startLiveStream } from '../../../models/das/live-stream.js';
import { loadPicker } from '../../../models/das/picker/pick-fibre-window.js';
import { drawDasWindow } from '../../../models/generative/das-windows.js';

const RATE_HZ = 100;
const START_NS = 1_700_000_000_000_000_000n;

describe('the picker behind the gate', () => {
  const window = drawDasWindow({
    seed: 2_000_000_011,
    channelCount: 40,
    channelSpacingM: 10,
    sampleCount: 60 * RATE_HZ,
    rateHz: RATE_HZ,
    hasQuake: true,
    signalToNoise: 30,
    commonModeCount: 0,
  });

  it('picks the quake where the fibre hears it, at once and with what came after', async () => {
    const { quake, samples, sampleCount } = window;
    if (!quake) throw new Error('the window holds a quake');
    const picker = await loadPicker();
    const pick = createLivePicker({ picker, mostStretches: 2 });
    let stream = startLiveStream({
      channelCount: 40,
      rateHz: RATE_HZ,
      distanceKm: Array.from({ length: 40 }, (_, c) => 0.01 * c),
      settings: { decimation: 1, contextS: 40.96 },
    });
    const found: LiveEvidence[] = [];
    for (let second = 0; second < 60; second++) {
      const packet = new Float32Array(40 * RATE_HZ);
      for (let c = 0; c < 40; c++) {
        const from = c * sampleCount + second * RATE_HZ;
        packet.set(samples.subarray(from, from + RATE_HZ), c * RATE_HZ);
      }
      const out = advanceLiveStream({
        stream,
        packet: {
          samples: packet,
          channelCount: 40,
          sampleCount: RATE_HZ,
          startNs: START_NS + BigInt(second) * 1_000_000_000n,
        },
      });
      ({ stream } = out);
      found.push(...(await pick({ stream, gates: out.gates, firstChannel: 1000 })));
    }
    picker.dispose();
    expect(found.some(({ stage }) => stage === 'first')).toBe(true);
    const later = found.filter(({ stage }) => stage === 'later');
    expect(later.length).toBeGreaterThan(0);
    const residuals = later
      .flatMap(({ picks }) => picks)
      .filter(({ probability }) => probability > 0.7)
      .map(({ channel, phase, timeNs }) => {
        const times = phase === 'P' ? quake.pTimeS : quake.sTimeS;
        return Math.abs(Number(timeNs - START_NS) / 1e9 - (times[channel - 1000] as number));
      })
      .sort((a, b) => a - b);
    expect(residuals.length).toBeGreaterThan(20);
    expect(residuals[residuals.length >> 1]).toBeLessThan(0.1);
  });
});
