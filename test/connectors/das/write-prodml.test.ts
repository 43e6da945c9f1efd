import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dasConnector } from '../../../connectors/das/das-format.js';
import { prodmlFormat } from '../../../connectors/das/formats/prodml.js';
import { writeProdml } from '../../../connectors/das/write/write-prodml.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { readSegments, temporaryFolder } from './support.js';

const prodmlConnector = dasConnector(prodmlFormat);

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const BASE = {
  startNs: 1_518_824_379_123_456_000n,
  rateHz: 200,
  channelCount: 3,
  dxM: 8,
  gaugeLengthM: 12,
  unit: 'microstrain/s',
};

it('what was written is read back: samples, times, distances', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        channelCount: fc.integer({ min: 1, max: 9 }),
        sampleCount: fc.integer({ min: 1, max: 60 }),
        rateHz: fc.constantFrom(10, 100, 128, 500),
        startLocusIndex: fc.integer({ min: -100, max: 9000 }),
        seed: fc.integer(),
      }),
      async ({ sampleCount, seed, ...shape }) => {
        const samples = Float32Array.from(
          { length: sampleCount * shape.channelCount },
          (_, i) => Math.sin(i + seed) * 10,
        );
        await writeProdml({ ...BASE, ...shape, path: at('trip.h5'), samples });
        const segments = await readSegments(prodmlConnector, { path: at('trip.h5') });
        expect(segments).toHaveLength(shape.channelCount);
        segments.forEach((segment, c) => {
          expect(segment).toMatchObject({
            startNs: BASE.startNs,
            rateHz: shape.rateHz,
            units: 'microstrain/s',
            sensorId: `fibre/${shape.startLocusIndex + c}`,
            distanceM: (shape.startLocusIndex + c) * 8,
          });
          expect(segment.samples).toEqual(samples.filter((_, i) => i % shape.channelCount === c));
        });
      },
    ),
    { numRuns: 25 },
  );
});

it('replaces an existing file whole and leaves no half-written one', async () => {
  const samples = Float32Array.from({ length: 30 }, (_, i) => i);
  await writeProdml({ ...BASE, path: at('a.h5'), samples: samples.map((v) => v + 1) });
  await writeProdml({ ...BASE, path: at('a.h5'), samples });
  const [first] = await readSegments(prodmlConnector, { path: at('a.h5') });
  expect(Array.from(first?.samples ?? [])).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

it('refuses samples that do not fill the channels, and a folder that is not there', async () => {
  const samples = new Float32Array(31);
  await expect(writeProdml({ ...BASE, path: at('c.h5'), samples })).rejects.toMatchObject({
    _tag: 'InvalidInput',
  });
  await expect(
    writeProdml({ ...BASE, path: at('nowhere/c.h5'), samples: new Float32Array(30) }),
  ).rejects.toMatchObject({ _tag: 'Unavailable' });
  expect(existsSync(at('c.h5'))).toBe(false);
});

describeWithPeers('h5py', () => {
  it('reads the layout that PRODML 2.1 asks for', async () => {
    const samples = Float32Array.from({ length: 30 }, (_, i) => i / 7);
    await writeProdml({ ...BASE, path: at('peer.h5'), samples });
    const peer = runPeer<Record<string, unknown>>(
      `
import json, sys, h5py, numpy as np
f = h5py.File(sys.argv[1])
a, r = f['Acquisition'], f['Acquisition/Raw[0]']
d, t = r['RawData'], r['RawDataTime']
text = lambda v: v.decode() if isinstance(v, bytes) else v
print(json.dumps({
  'version': text(a.attrs['schemaVersion']), 'gauge': float(a.attrs['GaugeLength']), 'uom': text(a.attrs['GaugeLength.uom']),
  'dx': float(a.attrs['SpatialSamplingInterval']), 'loci': int(a.attrs['NumberOfLoci']), 'rate': float(r.attrs['OutputDataRate']),
  'unit': text(r.attrs['RawDataUnit']), 'dims': [text(x) for x in d.attrs['Dimensions']], 'start': text(d.attrs['PartStartTime']),
  'dtype': str(d.dtype), 'timetype': str(t.dtype), 'times': t[:].tolist(), 'shape': list(d.shape), 'data': d[:].astype('f8').ravel().tolist()}))
`,
      [at('peer.h5')],
    );
    expect(peer).toEqual({
      version: '2.1',
      gauge: 12,
      uom: 'm',
      dx: 8,
      loci: 3,
      rate: 200,
      unit: 'microstrain/s',
      dims: ['time', 'locus'],
      start: '2018-02-16T23:39:39.123456Z',
      dtype: 'float32',
      timetype: 'int64',
      times: Array.from({ length: 10 }, (_, i) => 1_518_824_379_123_456 + i * 5000),
      shape: [10, 3],
      data: Array.from(samples),
    });
  });
});
