import { describe, expect, it } from 'vitest';
import { decodeFloat32, type SensorEvidence } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import type { AlignedWaveforms } from '../../../core/waveform.js';
import { phoneEvidence } from '../../../models/phones/evidence.js';
import { phoneFeatures } from '../../../models/phones/features.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples } from '../../support/sample-data.js';
import { ACTIVITIES, readActivity } from './human-activity.js';
import { openEewEvents, readOpenEew } from './openeew.js';

const RATE_HZ = 31.25;
const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:04:00Z' };

/** One device: noise of 0.04 gal and whatever `signal` adds (t in s, component). */
function device(
  signal: (t: number, c: number) => number,
  over: { noiseGal?: number; mask?: (t: number) => boolean; seed?: number } = {},
): AlignedWaveforms {
  const { noiseGal = 0.04, mask = () => true, seed = 1 } = over;
  const sampleCount = 240 * RATE_HZ;
  const random = createRandom(seed);
  const samples = Float32Array.from({ length: 3 * sampleCount }, (_, i) => {
    const t = (i % sampleCount) / RATE_HZ;
    return noiseGal * random.normal() + signal(t, Math.floor(i / sampleCount));
  });
  return {
    startNs: 1_577_836_800_000_000_000n,
    rateHz: RATE_HZ,
    sampleCount,
    components: ['x', 'y', 'z'],
    units: 'gal',
    sensors: [
      {
        sensorId: 'd',
        latitude: 0,
        longitude: 0,
        elevationM: 0,
        positionSigmaKm: 0.3,
        distanceM: null,
        quality: '',
        samples,
        mask: Uint8Array.from({ length: sampleCount }, (_, i) => (mask(i / RATE_HZ) ? 1 : 0)),
      },
    ],
  };
}

/** A wave train from `at`, dying away over `decayS`. */
const train = (t: number, at: number, gal: number, decayS: number): number =>
  t < at ? 0 : gal * Math.exp(-(t - at) / decayS) * Math.sin(2 * Math.PI * 3.1 * (t - at) + 0.4);

const only = (waveforms: AlignedWaveforms): SensorEvidence =>
  phoneEvidence({ waveforms, window })[0] as SensorEvidence;

describe('phoneEvidence', () => {
  it('finds P and S of a clear quake, with their peaks', () => {
    const evidence = only(
      device((t, c) => (c + 1) * (train(t, 100, 0.4, 15) + train(t, 112, 3, 15))),
    );
    expect(evidence.arrivals.map((a) => a.phase)).toEqual(['P', 'S']);
    const [p, s] = evidence.arrivals;
    expect(Math.abs((p?.timeS ?? 0) - 100)).toBeLessThan(0.2);
    expect(Math.abs((s?.timeS ?? 0) - 112)).toBeLessThan(0.4);
    // Vector peak of the S train: 3 gal times |(1, 2, 3)|, with what is left of P below it.
    expect(s?.log10Amplitude).toBeGreaterThan(Math.log10(9));
    expect(s?.log10Amplitude).toBeLessThan(Math.log10(3.5 * Math.sqrt(14)));
    expect(evidence.log10Threshold).toBeLessThan(p?.log10Amplitude as number);
    expect(evidence.arrivals.every((a) => a.logLikelihoodRatio > 4)).toBe(true);
    expect(evidence.arrivals.every((a) => a.logLikelihoodRatio < 7)).toBe(true);
  });

  it('does not name the phase of a lone onset', () => {
    const { arrivals } = only(device((t) => train(t, 100, 2, 20)));
    expect(arrivals.map((a) => a.phase)).toEqual(['unknown']);
  });

  it('has a series that speaks at the onset, against one before it, and not where nothing is', () => {
    const evidence = only(device((t) => train(t, 100, 2, 20), { mask: (t) => t < 130 }));
    const series = decodeFloat32(evidence.series.llrBase64);
    expect(series.length).toBe(240 * evidence.series.rateHz);
    const at = (t: number): number => series[Math.round(t * evidence.series.rateHz)] as number;
    expect(at(100)).toBeGreaterThan(4);
    expect(Math.max(...series.slice(100, 400))).toBeLessThan(0);
    expect(series.slice(131 * 5).every((v) => v === 0)).toBe(true);
  });

  it('refuses spikes and counts them as false triggers', () => {
    const spike = device((t) => (Math.abs(t - 100) < 0.02 ? 50 : 0));
    const evidence = only(spike);
    expect(evidence.arrivals).toEqual([]);
    expect(evidence.notes.join()).toContain('1 spikes left out');
    expect(evidence.log10Threshold).toBeLessThan(1);
    expect(evidence.falseRateHz).toBeGreaterThan(only(device(() => 0)).falseRateHz);
  });

  it('is not up in gaps, nor while a window fills after one', () => {
    const { uptime } = only(device(() => 0, { mask: (t) => t < 80 || t >= 100 }));
    expect(uptime.length).toBe(2);
    expect(uptime[0]?.endS).toBeLessThanOrEqual(80);
    expect(uptime[1]?.startS).toBeGreaterThanOrEqual(110);
  });

  it('seldom fires on stationary noise', () => {
    let arrivals = 0;
    for (let seed = 10; seed < 40; seed++)
      arrivals += only(device(() => 0, { seed })).arrivals.length;
    expect(arrivals).toBe(0);
  });

  it('says nothing about a handled phone', () => {
    const handled = only(
      device((t, c) => 30 * Math.sin(2 * Math.PI * 2 * t + c) * Math.sin(t / 7)),
    );
    expect(handled.arrivals).toEqual([]);
    expect(handled.uptime).toEqual([]);
    expect(handled.notes.join()).toContain('handled or moving');
  });

  it('refuses other units', () => {
    expect(() => phoneEvidence({ waveforms: { ...device(() => 0), units: 'g' }, window })).toThrow(
      /align them in gal|phone waveforms/,
    );
  });
});

describe('phoneFeatures', () => {
  it('of a circular motion: no spread, two crossings a turn, CAV = radius times time', () => {
    const t = Array.from({ length: 51 }, (_, i) => i / 25);
    const components = [
      t.map((s) => 3 * Math.cos(2 * Math.PI * 2 * s + 0.1)),
      t.map((s) => 3 * Math.sin(2 * Math.PI * 2 * s + 0.1)),
    ];
    const features = phoneFeatures({ components, rateHz: 25, from: 0, to: 51 });
    expect(features.iqr).toBeCloseTo(0, 10);
    expect(features.zeroCrossingHz).toBeCloseTo((8 * 25) / 51, 10);
    expect(features.cav).toBeCloseTo(3 * 2, 10);
  });
});

describeWithSamples('people with phones', ['human-activity'], () => {
  it.each(ACTIVITIES.filter((a) => a !== 'car/vehicle_stationary_mod'))(
    '%s gives no arrival and a note',
    (name) => {
      const evidence = phoneEvidence(readActivity(name))[0] as SensorEvidence;
      expect(evidence.arrivals).toEqual([]);
      expect(Math.max(...decodeFloat32(evidence.series.llrBase64))).toBeLessThanOrEqual(0);
      expect(evidence.notes.join()).toContain('handled or moving');
    },
  );
});

interface FirstArrival {
  readonly event: string;
  readonly km: number;
  readonly afterOriginS: number;
}

describeWithSamples('OpenEEW events', ['mems-openeew/events.json'], () => {
  describeWithPeers('against iasp91', () => {
    it('arrivals near the source are P or S, and none comes before the origin', async () => {
      const first: FirstArrival[] = [];
      const near = new Map<string, number>();
      let [before, upBeforeS] = [0, 0];
      for (const event of openEewEvents()) {
        const { waveforms, window } = await readOpenEew(event, { beforeS: 120, afterS: 140 });
        for (const sensor of phoneEvidence({ waveforms, window })) {
          for (const u of sensor.uptime) upBeforeS += Math.max(0, Math.min(u.endS, 120) - u.startS);
          const early = sensor.arrivals.filter((a) => a.timeS < 120);
          before += early.length;
          const km = distanceKm({ latitude: event.lat, longitude: event.lon }, sensor);
          const arrival = sensor.arrivals.find((a) => a.timeS >= 120);
          if (km > 150 || !arrival) continue;
          near.set(event.id, (near.get(event.id) ?? 0) + 1);
          first.push({ event: event.id, km, afterOriginS: arrival.timeS - 120 });
        }
      }
      // Every event is seen at three or more devices within 150 km, most at more.
      expect([...near.values()].every((n) => n >= 3)).toBe(true);
      expect(near.size).toBe(6);
      expect(upBeforeS).toBeGreaterThan(9000);
      expect(before).toBe(0);
      // Sources of this catalogue have no depth: the best of three.
      const times = runPeer<number[][]>(TRAVEL_TIMES, [JSON.stringify(first.map((f) => f.km))]);
      const misfits = first
        .map((f, i) => {
          const predicted = times[i] as number[];
          return Math.min(...predicted.map((t) => Math.abs(f.afterOriginS - t)));
        })
        .sort((a, b) => a - b);
      expect(misfits.length).toBeGreaterThan(25);
      expect(misfits[Math.floor(misfits.length / 2)]).toBeLessThan(1);
      expect(misfits[Math.floor(misfits.length * 0.9)]).toBeLessThan(3.5);
      expect(misfits.at(-1)).toBeLessThan(6);
    }, 300_000);
  });
});

const TRAVEL_TIMES = `
import sys, json
from obspy.taup import TauPyModel
m = TauPyModel('iasp91'); out = []
for km in json.loads(sys.argv[1]):
    row = []
    for depth in (10, 20, 40):
        a = m.get_travel_times(depth, km / 111.195, ['p', 'P', 'Pn', 's', 'S', 'Sn'])
        row += [min(x.time for x in a if x.name[0] in k) for k in ('pP', 'sS')]
    out.append(row)
print(json.dumps(out))
`;
