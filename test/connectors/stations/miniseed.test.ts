import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RIDGECREST } from '../../../apps/demo/regions.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import {
  groundMotionOf,
  toAcceleration,
} from '../../../connectors/stations/ground-acceleration.js';
import { stationMiniseedConnector } from '../../../connectors/stations/miniseed.js';
import { distanceKm } from '../../../core/geo.js';
import { encodeTable } from '../../../core/tables/ipc.js';
import { waveformSegments } from '../../../core/tables/waveform-table.js';
import { isoToNs } from '../../../core/time.js';
import { loadBackend } from '../../../models/backend.js';
import { detectWith } from '../../../models/detection/detect.js';
import { evidenceTasks } from '../../../models/evidence-tasks.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const FOLDER = 'strong-motion/ridgecrest-ci38457511';
const HNE = `${FOLDER}/CI.CCC..HNE.mseed`;
const scratch = mkdtempSync(path.join(tmpdir(), 'stations-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const read = async (
  file: string,
  options = {},
  window = null as null | { start: string; end: string },
) =>
  waveformSegments(
    await stationMiniseedConnector.read({
      file: await openSourceFile({ path: file }),
      window,
      options,
    }),
  );

describe('ground motion of input units', () => {
  it('knows how StationXML files write it', () => {
    const known: readonly [string, string, number][] = [
      ['M/S**2', 'acceleration', 1],
      ['m/s^2', 'acceleration', 1],
      ['M/S/S', 'acceleration', 1],
      ['cm/s**2', 'acceleration', 0.01],
      ['nm/s/s', 'acceleration', 1e-9],
      ['M/S', 'velocity', 1],
      ['m/sec', 'velocity', 1],
      ['NM/S', 'velocity', 1e-9],
      ['g', 'acceleration', 9.80665],
    ];
    for (const [units, motion, siPerUnit] of known) {
      expect(groundMotionOf(units), units).toEqual({ motion, siPerUnit });
    }
    for (const units of ['M', 'PA', 'V', 'not stated', 'M/S**3', 'RAD/S']) {
      expect(groundMotionOf(units), units).toBeNull();
    }
  });

  it('differentiates velocities to within 1 % in the band of the evidence', () => {
    const rateHz = 100;
    const omega = 2 * Math.PI * 8;
    const counts = Float64Array.from(
      { length: 200 },
      (_, i) => 1e6 * Math.sin((omega * i) / rateHz),
    );
    const gal = toAcceleration({
      counts,
      rateHz,
      sensitivity: 1e9,
      motion: 'velocity',
      siPerUnit: 1,
    });
    const worst = Math.max(
      ...Array.from({ length: 190 }, (_, i) =>
        Math.abs(
          (gal[i + 5] as number) - 100 * 1e-3 * omega * Math.cos((omega * (i + 5)) / rateHz),
        ),
      ),
    );
    expect(worst / (0.1 * omega)).toBeLessThan(0.01);
  });
});

describeWithSamples('a strong-motion station', [HNE], () => {
  it('is read in the window asked for, however the window is cut', async () => {
    const whole = await read(samplePath(HNE));
    expect(whole).toHaveLength(1);
    const [segment] = whole as [(typeof whole)[number]];
    expect(segment).toMatchObject({
      sensorId: 'CI.CCC..HN',
      component: 'x',
      rateHz: 100,
      units: 'gal',
      latitude: 35.52495,
      longitude: -117.36453,
      elevationM: 670,
    });
    const window = { start: '2019-07-06T03:20:00Z', end: '2019-07-06T03:20:10Z' };
    const [part] = await read(samplePath(HNE), {}, window);
    const first = Math.round((Number(isoToNs(window.start) - segment.startNs) / 1e9) * 100);
    const start = Number((part?.startNs ?? 0n) - segment.startNs) / 1e7;
    expect(Math.round(start)).toBeGreaterThanOrEqual(first);
    expect(part?.samples).toEqual(
      segment.samples.slice(Math.round(start), Math.round(start) + (part?.samples.length ?? 0)),
    );
    expect(part?.samples.length).toBeGreaterThan(998);
    const scan = await stationMiniseedConnector.scan(
      await openSourceFile({ path: samplePath(HNE) }),
      {},
    );
    expect(scan.facts).toMatchObject({ channels: ['CI.CCC..HNE'], ratesHz: [100] });
  });

  it('is refused without metadata, naming the channel and what to do', async () => {
    const lone = path.join(scratch, 'lone', 'CI.CCC..HNE.mseed');
    mkdirSync(path.dirname(lone));
    copyFileSync(samplePath(HNE), lone);
    await expect(read(lone)).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringContaining('CI.CCC..HNE at 2019-07-06') as string,
    });
    await expect(read(lone, { channels: 'BH' })).rejects.toThrow(/no channel of ground motion/);
    const other = path.join(scratch, 'lone', 'note.xml');
    writeFileSync(other, '<quakeml/>');
    await expect(read(lone)).rejects.toThrow(/no StationXML has CI.CCC..HNE/);
    await expect(read(lone, { stationXml: other })).rejects.toThrow(/its root is <quakeml>/);
    const found = await read(lone, { stationXml: samplePath(`${FOLDER}/CI.CCC.xml`) });
    expect(found).toHaveLength(1);
  });
});

describeWithPeers('beside ObsPy', () => {
  describeWithSamples('the ten stations of the Ridgecrest M 7.1', [HNE], () => {
    it('have the accelerations that remove_sensitivity gives', async () => {
      const files = readdirSync(samplePath(FOLDER)).filter((name) => name.endsWith('.mseed'));
      expect(files).toHaveLength(30);
      const peer = runPeer<Record<string, { peak: number; sum: number; n: number }>>(
        `
import sys, os, json, numpy as np
from obspy import read, read_inventory
folder = sys.argv[1]; out = {}
for name in sorted(os.listdir(folder)):
    if not name.endswith('.mseed'): continue
    st = read(os.path.join(folder, name)); inv = read_inventory(os.path.join(folder, '.'.join(name.split('.')[:2]) + '.xml'))
    st.remove_sensitivity(inv)
    x = np.concatenate([t.data for t in st]) * 100
    out[name] = {'peak': float(np.abs(x).max()), 'sum': float(np.abs(x).sum()), 'n': int(len(x))}
print(json.dumps(out))
`,
        [samplePath(FOLDER)],
      );
      for (const name of files) {
        const segments = await read(samplePath(`${FOLDER}/${name}`));
        const values = segments.flatMap(({ samples }) => Array.from(samples, Math.abs));
        const truth = peer[name];
        expect(values.length, name).toBe(truth?.n);
        expect(values.reduce((a, b) => Math.max(a, b), 0) / (truth?.peak ?? 0)).toBeCloseTo(1, 5);
        expect(values.reduce((a, b) => a + b, 0) / (truth?.sum ?? 0)).toBeCloseTo(1, 5);
      }
    });
  });
});

describeWithSamples('the Ridgecrest M 7.1 from its stations alone', [HNE], () => {
  it(
    'is where, when and how large it was, and what follows are aftershocks',
    { timeout: 120_000 },
    async () => {
      const names = readdirSync(samplePath(FOLDER)).filter((name) => name.endsWith('.mseed'));
      const phones = await Promise.all(
        names.map(async (name) =>
          encodeTable(
            await stationMiniseedConnector.read({
              file: await openSourceFile({ path: samplePath(`${FOLDER}/${name}`) }),
              window: null,
              options: {},
            }),
          ),
        ),
      );
      const window = { start: '2019-07-06T03:19:20Z', end: '2019-07-06T03:22:20Z' };
      const context = { progress: () => undefined, throwIfCancelled: () => undefined };
      const aligned = await evidenceTasks.alignWindow({ window, sources: { phones } }, context);
      const evidence = await evidenceTasks.evaluateEvidence({ window, ...aligned.files }, context);
      expect(evidence.sensors).toHaveLength(10);
      const { quakes } = await detectWith(await loadBackend(), {
        evidence,
        region: RIDGECREST,
        seed: 1,
        samples: 500,
      });
      expect(quakes.length).toBeGreaterThan(0);
      const origin = quakes[0]?.origin;
      expect(
        Math.abs(Date.parse(origin?.originTime ?? '') - Date.parse('2019-07-06T03:19:53.04Z')),
      ).toBeLessThan(1500);
      expect(
        distanceKm(
          { latitude: 35.7695, longitude: -117.5993 },
          { latitude: origin?.latitude.p50 ?? 0, longitude: origin?.longitude.p50 ?? 0 },
        ),
      ).toBeLessThan(5);
      expect(origin?.magnitude.p05).toBeLessThan(7.1);
      expect(origin?.magnitude.p95).toBeGreaterThan(7.1);
      // Aftershocks stand in the records from two minutes on; nothing before the main shock.
      for (const { origin: later } of quakes.slice(1)) {
        expect(Date.parse(later.originTime)).toBeGreaterThan(Date.parse('2019-07-06T03:21:00Z'));
      }
    },
  );
});
