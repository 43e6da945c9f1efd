import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dasConnector } from '../../../connectors/das/das-format.js';
import { prodmlFormat } from '../../../connectors/das/formats/prodml.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { distanceKm } from '../../../core/geo.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { PLACE, readSegments, temporaryFolder, writeWithH5py } from './support.js';

const prodmlConnector = dasConnector(prodmlFormat);

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const START = 1_500_000_000_000_000_000n;

async function scan(file: string, options = {}) {
  return prodmlConnector.scan(await openSourceFile({ path: file }), options);
}

const IDAS = 'das/iDAS005_hdf5_example.626.h5';

describeWithSamples('Silixa iDAS sample', [IDAS], () => {
  const file = samplePath(IDAS);

  it('is described as the readers of other projects describe it', async () => {
    const result = await scan(file);
    expect(result.window).toEqual({
      start: '2019-05-31T08:38:50.626928Z',
      end: '2019-05-31T08:38:51.626928Z',
    });
    expect(result.facts).toMatchObject({
      shape: [1000, 1152],
      dims: ['time', 'distance'],
      rateHz: 1000,
      gaugeLengthM: 10,
      segments: 1,
      gpsStatus: 'Antenna Error',
      missingOptions: ['latitude', 'longitude', 'elevationM', 'positionSigmaKm', 'fibreId'],
    });
    expect(result.facts['firstDistanceM']).toBeCloseTo(-120.4723, 4);
    expect(result.facts['lastDistanceM']).toBeCloseTo(1054.6434, 4);
    // The file contradicts itself about its first distance and admits that its clock was unlocked.
    expect(result.audit.join('\n')).toMatch(/StartPosition 166\.937/);
    expect(result.audit.join('\n')).toMatch(/clock-lock: GPS@Status Antenna Error/);
  });

  it("converts counts with the maker's factor, and leaves them alone when told to", async () => {
    const [first] = await readSegments(prodmlConnector, { path: file });
    const [counts] = await readSegments(prodmlConnector, { path: file, options: { unit: 'none' } });
    expect(first).toMatchObject({
      sensorId: 'fibre/-118',
      component: 'strain-rate',
      units: 'microstrain/s',
      startNs: isoToNs('2019-05-31T08:38:50.626928Z'),
      rateHz: 1000,
    });
    expect(counts?.units).toBe('counts');
    // 116e-9 m * 1000 Hz / (10 m * 2^13) = 1.416015625e-9 strain/s a count.
    counts?.samples.forEach((value, i) =>
      expect(first?.samples[i]).toBeCloseTo(value * 1.416015625e-3, 5),
    );
  });

  it('refuses to place the fibre without options and names the one that is missing', async () => {
    const source = await openSourceFile({ path: file });
    const { fibreId, ...options } = PLACE;
    expect(fibreId).toBe('fibre');
    await expect(
      prodmlConnector.read({ file: source, window: null, options }),
    ).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/option fibreId is missing/) as string,
    });
  });
});

describeWithPeers('against h5py', () => {
  describeWithSamples('Silixa iDAS sample', [IDAS], () => {
    it('every value of every channel is the stored one', async () => {
      const file = samplePath(IDAS);
      const segments = await readSegments(prodmlConnector, {
        path: file,
        options: { unit: 'none' },
      });
      const peer = runPeer<{ sums: number[]; weighted: number[]; mean: number; std: number }>(
        `
import json, sys, h5py, numpy as np
d = h5py.File(sys.argv[1])['/Acquisition/Raw[0]/RawData'][...].astype('f8')
w = np.arange(1, d.shape[0] + 1)[:, None]
print(json.dumps({'sums': d.sum(0).tolist(), 'weighted': (d * w).sum(0).tolist(), 'mean': d.mean(), 'std': d.std()}))
`,
        [file],
      );
      expect(segments).toHaveLength(1152);
      // Integer sums are exact, so equality of sum and weighted sum leaves no room for a shift.
      expect(segments.map((s) => s.samples.reduce((sum, v) => sum + v, 0))).toEqual(peer.sums);
      expect(segments.map((s) => s.samples.reduce((sum, v, i) => sum + v * (i + 1), 0))).toEqual(
        peer.weighted,
      );
      expect(peer.mean).toBeCloseTo(12.3201, 4);
      expect(peer.std).toBeCloseTo(793.047, 3);
    });
  });

  it('reads [locus, time] as [time, locus] and lengths win over a wrong label', async () => {
    const data = '1000 * x + t';
    const common = { data, samples: 40, loci: 7 };
    writeWithH5py({ ...common, path: at('plain.h5') });
    writeWithH5py({
      ...common,
      path: at('transposed.h5'),
      isTransposed: true,
      dimensions: ['locus', 'time'],
    });
    writeWithH5py({ ...common, path: at('mislabelled.h5'), isTransposed: true });
    writeWithH5py({ ...common, path: at('unlabelled.h5'), isTransposed: true, dimensions: null });
    const plain = await readSegments(prodmlConnector, { path: at('plain.h5') });
    expect(Array.from(plain[3]?.samples.slice(0, 3) ?? [])).toEqual(
      [3000, 3001, 3002].map((v) => Math.fround(v * 1e-3)),
    );
    for (const name of ['transposed.h5', 'mislabelled.h5', 'unlabelled.h5']) {
      expect(await readSegments(prodmlConnector, { path: at(name) })).toEqual(plain);
    }
    expect((await scan(at('transposed.h5'))).audit).toEqual([]);
    expect((await scan(at('mislabelled.h5'))).audit.join()).toMatch(/Dimensions \[time, locus\]/);
    expect((await scan(at('unlabelled.h5'))).audit.join()).toMatch(/Dimensions missing/);
  });

  it('splits at a gap in RawDataTime, gives each part its own start, and says so', async () => {
    writeWithH5py({
      path: at('gap.h5'),
      data: 't + 0 * x',
      samples: 50,
      loci: 2,
      times: '1500000000000000 + np.arange(n) * 10000 + (np.arange(n) >= 20) * 3000000',
    });
    const segments = await readSegments(prodmlConnector, { path: at('gap.h5') });
    expect(segments.map((s) => [s.sensorId, s.startNs - START, s.samples.length])).toEqual([
      ['fibre/5', 0n, 20],
      ['fibre/6', 0n, 20],
      ['fibre/5', 3_200_000_000n, 30],
      ['fibre/6', 3_200_000_000n, 30],
    ]);
    expect((await scan(at('gap.h5'))).facts['audit']).toEqual([
      {
        topic: 'gap',
        severity: 'note',
        found: { '/Acquisition/Raw[0]/RawDataTime[20]': 3 },
        used: null,
        why: 'gap of 3 s: a new segment starts there',
      },
    ]);
  });

  it('trusts time stamps over a rate attribute that contradicts them', async () => {
    writeWithH5py({
      path: at('rate.h5'),
      data: 't + 0 * x',
      samples: 50,
      loci: 2,
      times: '1500000000000000 + np.arange(n) * 5000',
    });
    const result = await scan(at('rate.h5'));
    expect(result.facts['rateHz']).toBeCloseTo(200, 9);
    expect(result.facts['audit']).toMatchObject([
      {
        topic: 'sampling-interval',
        severity: 'disagreement',
        found: { attribute: 0.01, 'median step of /Acquisition/Raw[0]/RawDataTime': 0.005 },
        used: 0.005,
      },
    ]);
    const refused = {
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/100 Hz/) as string,
    };
    await expect(scan(at('rate.h5'), { strict: true })).rejects.toMatchObject(refused);
    await expect(
      readSegments(prodmlConnector, { path: at('rate.h5'), options: { strict: 'true' } }),
    ).rejects.toMatchObject(refused);
  });

  it.each(['<i2', '>i2', '<i4', '>f4', '<f8', '<i8', '<u2'])('decodes %s', async (dtype) => {
    writeWithH5py({ path: at('type.h5'), data: '17 * x + t', samples: 30, loci: 4, dtype });
    const segments = await readSegments(prodmlConnector, {
      path: at('type.h5'),
      options: { unit: 'none' },
    });
    expect(segments.map((s) => Array.from(s.samples))).toEqual(
      [0, 1, 2, 3].map((x) => Array.from({ length: 30 }, (_, t) => 17 * x + t)),
    );
  });

  it('reads attributes that are stored as text, feet included', async () => {
    writeWithH5py({
      path: at('text.h5'),
      data: 't + x',
      samples: 20,
      loci: 3,
      also: `
acquisition.attrs['GaugeLength'] = '32.808399'
acquisition.attrs['GaugeLength.uom'] = 'ft'
acquisition.attrs['NumberOfLoci'] = '3'
raw.attrs['OutputDataRate'] = np.array([b'100.0'])
raw.attrs['NumberOfLoci'] = np.array([3])
del acquisition.attrs['SpatialSamplingInterval.uom']
acquisition.attrs['SpatialSamplingIntervalUnit'] = 'm'`,
    });
    const result = await scan(at('text.h5'));
    expect(result.facts['gaugeLengthM']).toBeCloseTo(10, 6);
    expect(result.facts).toMatchObject({ rateHz: 100, spacingM: 2, firstDistanceM: 10 });
    expect(result.audit).toEqual([]);
  });

  it('a window reads exactly the samples inside it, alike for all storage layouts', async () => {
    const common = { data: 'np.sin(0.01 * t * (x + 1))', samples: 500, loci: 12 };
    writeWithH5py({ ...common, path: at('contiguous.h5') });
    writeWithH5py({
      ...common,
      path: at('chunked.h5'),
      storage: "chunks=(64, 5), compression='gzip', shuffle=True",
    });
    const all = await readSegments(prodmlConnector, { path: at('contiguous.h5') });
    const window = { start: '2017-07-14T02:40:01.005Z', end: '2017-07-14T02:40:03Z' };
    for (const name of ['contiguous.h5', 'chunked.h5']) {
      const part = await readSegments(prodmlConnector, {
        path: at(name),
        window,
        options: { channelFrom: 2, channelTo: 11, channelStep: 4 },
      });
      expect(part.map((s) => s.sensorId)).toEqual(['fibre/7', 'fibre/11', 'fibre/15']);
      expect(part[0]?.startNs).toBe(START + 1_010_000_000n);
      expect(part.map((s) => s.samples)).toEqual(
        [2, 6, 10].map((c) => all[c]?.samples.slice(101, 300)),
      );
    }
    const none = await readSegments(prodmlConnector, {
      path: at('contiguous.h5'),
      window: { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:01:00Z' },
    });
    expect(none).toEqual([]);
  });

  it('turns wrapped 16-bit OptaSense phase into strain rate', async () => {
    // A phase that grows by 0.3 turns a sample wraps three times in ten samples.
    writeWithH5py({
      path: at('phase.h5'),
      data: '((t * 19661 + 32768) % 65536) - 32768 + 0 * x',
      samples: 40,
      loci: 2,
      dtype: '<i2',
      unit: 'rad * 2PI/2^16',
      also: "acquisition.create_group('Custom').attrs['Fibre Refractive Index'] = 1.4682",
    });
    const options = { wavelengthNm: 1550.12 };
    const [first] = await readSegments(prodmlConnector, { path: at('phase.h5'), options });
    // Lindsey et al. 2020, eq. 3, with the check value 1.077149e-8 strain/rad of the same constants.
    const expected = ((19661 / 65536) * 2 * Math.PI * 100 * 1.077149e-8) / 1e-6;
    expect(first).toMatchObject({ units: 'microstrain/s', startNs: START + 5_000_000n });
    expect(first?.samples).toHaveLength(39);
    first?.samples.forEach((value) => expect(value / expected).toBeCloseTo(1, 5));

    const window = { start: '2017-07-14T02:40:00.1Z', end: '2017-07-14T02:40:00.2Z' };
    const [part] = await readSegments(prodmlConnector, { path: at('phase.h5'), options, window });
    expect(part?.startNs).toBe(START + 105_000_000n);
    expect(part?.samples).toEqual(first?.samples.slice(10, 20));
  });

  it('leaves NaN out by splitting there', async () => {
    writeWithH5py({
      path: at('nan.h5'),
      data: 'np.where((t == 10) & (x == 1), np.nan, t)',
      samples: 30,
      loci: 2,
    });
    const segments = await readSegments(prodmlConnector, { path: at('nan.h5') });
    expect(
      segments.map((s) => [s.sensorId, Number(s.startNs - START) / 1e9, s.samples.length]),
    ).toEqual([
      ['fibre/5', 0, 30],
      ['fibre/6', 0, 10],
      ['fibre/6', 0.11, 19],
    ]);
  });

  it('refuses processed data and lays the cable out along its azimuth', async () => {
    writeWithH5py({
      path: at('processed.h5'),
      data: 't + x',
      samples: 20,
      loci: 3,
      also: "f.move('Acquisition/Raw[0]', 'Acquisition/Processed/Fbe[0]')",
    });
    expect(await prodmlConnector.probe(await openSourceFile({ path: at('processed.h5') }))).toBe(1);
    await expect(scan(at('processed.h5'))).rejects.toMatchObject({ _tag: 'UnsupportedSource' });

    writeWithH5py({ path: at('cable.h5'), data: 't + x', samples: 20, loci: 500 });
    const segments = await readSegments(prodmlConnector, {
      path: at('cable.h5'),
      options: { azimuthDeg: 90 },
    });
    const [first, last] = [segments[0], segments.at(-1)];
    expect(first).toMatchObject({ latitude: 39.8, longitude: -119, distanceM: 10 });
    expect(last?.latitude).toBeCloseTo(39.8, 9);
    expect(distanceKm(first as never, last as never)).toBeCloseTo(0.998, 4);
  });
});

describe('probe', () => {
  it('goes by content, not by name', async () => {
    const source = samplePath('das/gdr_1.h5');
    copyFileSync(new URL(import.meta.url), at('not-hdf5.h5'));
    expect(await prodmlConnector.probe(await openSourceFile({ path: at('not-hdf5.h5') }))).toBe(0);
    copyFileSync(source, at('prodml.h5'));
    expect(await prodmlConnector.probe(await openSourceFile({ path: at('prodml.h5') }))).toBe(0);
  });
});
