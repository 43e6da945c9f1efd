import path from 'node:path';
import { expect, it } from 'vitest';
import { dasConnector } from '../../../connectors/das/das-format.js';
import { ai4epsFormat } from '../../../connectors/das/formats/ai4eps.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { readSegments, temporaryFolder } from './support.js';

const ai4epsConnector = dasConnector(ai4epsFormat);

const BRADY = 'das/brady_eq_daspy_example_f32.h5';
const START = isoToNs('2016-03-21T07:37:30.532309Z');
const folder = temporaryFolder();

describeWithSamples('Brady earthquake', [BRADY], () => {
  const file = samplePath(BRADY);

  it('has the published start, event time, shape and first samples', async () => {
    const source = await openSourceFile({ path: file });
    expect(await ai4epsConnector.probe(source)).toBe(0.9);
    const scan = await ai4epsConnector.scan(source, {});
    expect(scan.window).toEqual({
      start: '2016-03-21T07:37:30.532309Z',
      end: '2016-03-21T07:38:20.532309Z',
    });
    expect(scan.facts).toMatchObject({
      shape: [500, 5000],
      dims: ['distance', 'time'],
      rateHz: 100,
      spacingM: 1,
      firstDistanceM: 2520,
      eventTime: '2016-03-21T07:37:10.535Z',
      units: 'counts',
    });
    expect(scan.audit.join('\n')).toMatch(
      /start_distance_m 2520, start_channel \* dx_m 2500; used 2520/,
    );
    expect(scan.audit.join('\n')).toMatch(/has no known scale: left as counts/);

    const segments = await readSegments(ai4epsConnector, { path: file });
    expect(segments).toHaveLength(500);
    expect(segments[0]).toMatchObject({ sensorId: 'fibre/2500', startNs: START, distanceM: 2520 });
    [-0.030204911, 0.00472993, 0.017808251, 0.012035496, 0.009832661].forEach((value, i) =>
      expect(segments[0]?.samples[i]).toBeCloseTo(value, 8),
    );
    const all = segments.flatMap((s) => Array.from(s.samples));
    const mean = all.reduce((sum, v) => sum + v, 0) / all.length;
    const variance = all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length;
    expect(mean).toBeCloseTo(-4.147878715e-5, 12);
    expect(Math.sqrt(variance)).toBeCloseTo(0.1238025897, 9);
  });

  it('takes unit and scale from the options and says so', async () => {
    const options = { unit: 'nanostrain/s', scale: 2, channelFrom: 250, channelTo: 251 };
    const [counts] = await readSegments(ai4epsConnector, {
      path: file,
      options: { channelFrom: 250, channelTo: 251 },
    });
    const [rate] = await readSegments(ai4epsConnector, { path: file, options });
    expect(rate).toMatchObject({ units: 'microstrain/s', component: 'strain-rate' });
    rate?.samples.forEach((value, i) =>
      expect(value).toBe(Math.fround((counts?.samples[i] as number) * 2e-3)),
    );
    const scan = await ai4epsConnector.scan(await openSourceFile({ path: file }), options);
    expect(scan.audit.join('\n')).toMatch(/, option 'unit' nanostrain\/s; used nanostrain\/s/);
  });
});

describeWithPeers('against h5py', () => {
  describeWithSamples('Brady earthquake', [BRADY], () => {
    it('a slice of time and channels is bit for bit what h5py reads', async () => {
      const file = samplePath(BRADY);
      const segments = await readSegments(ai4epsConnector, {
        path: file,
        window: { start: '2016-03-21T07:37:38Z', end: '2016-03-21T07:37:45Z' },
        options: { channelFrom: 3, channelTo: 480, channelStep: 50 },
      });
      // First sample at or after 07:37:38: (38 - 30.532309) * 100 = 746.77, so number 747.
      const peer = runPeer<number[][]>(
        `
import json, sys, h5py
print(json.dumps(h5py.File(sys.argv[1])['data'][3:480:50, 747:1447].astype('f8').tolist()))
`,
        [file],
      );
      expect(segments.map((s) => Array.from(s.samples))).toEqual(peer);
      expect(segments[0]?.startNs).toBe(START + 7_470_000_000n);
    });
  });

  it('reads attributes on the root group and refuses a shape that nx contradicts', async () => {
    const file = path.join(folder, 'root.h5');
    const write = (nx: number): boolean =>
      runPeer(
        `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], 'w') as f:
    f['data'] = np.arange(24, dtype='f4').reshape(4, 6)
    f.attrs.update({'dt_s': 0.5, 'dx_m': '8.0', 'begin_time': '2019-07-06T05:35:01.250+02:00', 'unit': 'microstrain/s', 'nx': int(sys.argv[2]), 'nt': 6,
        'end_time': '2019-07-06T05:35:09.250+02:00'})
print('true')
`,
        [file, String(nx)],
      );
    write(4);
    const scan = await ai4epsConnector.scan(await openSourceFile({ path: file }), {});
    expect(scan.window).toEqual({
      start: '2019-07-06T03:35:01.25Z',
      end: '2019-07-06T03:35:04.25Z',
    });
    expect(scan.facts).toMatchObject({ units: 'microstrain/s', spacingM: 8, firstDistanceM: 0 });
    expect(scan.audit.join('\n')).toMatch(/\(end_time - begin_time\) \/ dt_s 16, shape 6/);
    write(5);
    await expect(
      ai4epsConnector.scan(await openSourceFile({ path: file }), {}),
    ).rejects.toMatchObject({ _tag: 'CorruptSource', at: '/data@nx' });
  });
});
