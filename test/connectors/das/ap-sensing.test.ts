import { expect, it } from 'vitest';
import { apSensingFormat } from '../../../connectors/das/formats/ap-sensing.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { temporaryFolder } from './support.js';
import {
  allValues,
  changedCopy,
  describeWithPeers,
  entriesOn,
  expectBlocksOfWhole,
  expectPeer,
  expectTruth,
  groundTruth,
  inside,
  probeOf,
  readByXdas,
  shapeOf,
  withOpen,
  writeFile,
} from './vendor-support.js';

const NAME = 'ap_sensing_1.hdf5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());

describeWithSamples('AP Sensing sample', [SAMPLE], () => {
  const path = samplePath(SAMPLE);

  it('equals the independent readers, with the spacing that the file states', async () => {
    expect(await probeOf(apSensingFormat, path)).toBe(1);
    await withOpen(apSensingFormat, { path }, async (recording) => {
      // DASCore takes the end of the raw trace for that of the channels: 4.08 m too far.
      const stepM = 1.2251428365707397;
      const lastM = 124.14780987876313 + 4081 * stepM;
      await expectTruth(recording, { ...groundTruth(NAME), stepM, lastM });
      expect(lastM).toBeCloseTo(5123.955725923952, 9);
      expect(recording).toMatchObject({ version: '10', gaugeLengthM: 4.900571346282959 });
      expect(recording.facts).toMatchObject({ radiansToNanoStrain: 21.54, timeSource: 'GPS' });
      expect(entriesOn(recording, 'channel-spacing')).toMatchObject([
        { severity: 'disagreement', used: stepM },
      ]);
    });
  });

  it('random blocks hold the values of the whole', () =>
    withOpen(apSensingFormat, { path }, (recording) => expectBlocksOfWhole(recording, 10)));

  it('leaves scaled phase as counts and names the scale that no field holds', async () => {
    await withOpen(apSensingFormat, { path }, ({ conversion }) => {
      expect(conversion).toMatchObject({ component: 'phase', units: 'counts', factor: 1 });
      expect(conversion.audit.at(-1)?.found).toMatchObject({ 'radians per count': null });
    });
    const options = { unit: 'rad/s', scale: 1e-4 };
    await withOpen(apSensingFormat, { path, options }, ({ conversion }) => {
      expect(conversion).toMatchObject({ component: 'strain-rate', units: 'microstrain/s' });
      // 21.54 nanostrain a radian, 1e-4 rad/s a count.
      expect(conversion.factor).toBeCloseTo(21.54e-3 * 1e-4, 12);
    });
  });
});

describeWithPeers('AP Sensing files beside the peers', () => {
  describeWithSamples('variants of the sample', [SAMPLE], () => {
    const path = samplePath(SAMPLE);

    it('is what xdas reads', () =>
      withOpen(apSensingFormat, { path }, async (recording) => {
        const [peer] = readByXdas('apsensing', [path]);
        await expectPeer(recording, peer as never);
      }));

    it('says what contradicts: lost lock, other zone, cut shape', async () => {
      const changed = changedCopy(
        path,
        at('changed.hdf5'),
        `
f['ProcessingServer/GPSLock'][...] = 0
f['Metadata/TraceCount'][...] = 300
f['Metadata/Timezone'][0] = 'CET'
f['DAQ/PositionEnd'][...] = f['DAQ/PositionStart'][...] + 4082 * f['ProcessingServer/SpatialSampling'][0]`,
      );
      await withOpen(apSensingFormat, { path: changed }, (recording) => {
        expect(shapeOf(recording)).toEqual([150, 4082]);
        expect(entriesOn(recording, 'clock-lock')).toHaveLength(1);
        expect(entriesOn(recording, 'channel-spacing')).toEqual([]);
        expect(entriesOn(recording, 'shape')[0]?.found).toMatchObject({
          '/Metadata/TraceCount': 300,
        });
        expect(entriesOn(recording, 'time')[0]).toMatchObject({ severity: 'disagreement' });
      });
    });

    it.each([
      ['DataRate', "del f['ProcessingServer/DataRate']", '/ProcessingServer/DataRate'],
      [
        'spacing',
        "f['ProcessingServer/SpatialSampling'][...] = 0",
        '/ProcessingServer/SpatialSampling',
      ],
      ['time', "f['Metadata/Timestamp'][0] = 'yesterday'", '/Metadata/Timestamp'],
      ['data', "del f['DAS']", '/DAS'],
      ['axes', "del f['DAS']; f['DAS'] = np.zeros((3, 4, 5))", '/DAS'],
      ['shape', "del f['DAS']; f['DAS'] = np.zeros((7, 9))", '/DAS'],
      ['text', "del f['DAS']; f['DAS'] = 'none'", '/DAS'],
    ])('refuses a broken %s by its place', async (_, statements, place) => {
      const broken = changedCopy(path, at('broken.hdf5'), statements);
      await expect(withOpen(apSensingFormat, { path: broken }, () => 0)).rejects.toMatchObject({
        _tag: 'CorruptSource',
        source: broken,
        at: place,
      });
    });
  });

  it('reads the layout with a time a sample, either way round: rad/s to strain rate', async () => {
    const write = (name: string, data: string): string =>
      writeFile(
        at(name),
        `
t, x = np.meshgrid(np.arange(60), np.arange(5), indexing='ij')
values = (0.25 * t + x).astype('f4')
f['DAS'] = ${data}
stamps = 1700000000000000 + np.arange(60) * 10000 + (np.arange(60) >= 40) * 2000000
f['Timestamps/DataTimestamps'] = stamps.astype('i8')[:, None]
f['ProcessingServer/DataRate'] = np.array([100.0])
f['ProcessingServer/SpatialSampling'] = np.array([2.0])
f['ProcessingServer/GaugeLength'] = np.array([10.0])
f['ProcessingServer/RadiansToNanoStrain'] = np.array([11.0])`,
      );
    for (const [name, data, timeAxis] of [
      ['plain.hdf5', 'values', 0],
      ['turned.hdf5', 'values.T', 1],
    ] as const) {
      const path = write(name, data);
      expect(await probeOf(apSensingFormat, path)).toBe(1);
      await withOpen(apSensingFormat, { path }, async (recording) => {
        expect(recording.layout).toMatchObject({ timeAxis, timeCount: 60, channelCount: 5 });
        expect(recording.runs).toMatchObject([
          { firstIndex: 0, sampleCount: 40, startNs: 1_700_000_000_000_000_000n, rateHz: 100 },
          { firstIndex: 40, sampleCount: 20, startNs: 1_700_000_002_400_000_000n, rateHz: 100 },
        ]);
        expect(entriesOn(recording, 'gap')).toHaveLength(1);
        expect(recording.conversion).toMatchObject({ component: 'strain-rate', difference: false });
        expect(recording.conversion.factor).toBeCloseTo(11e-3, 12);
        expect((await allValues(recording))[1]).toBe(timeAxis === 0 ? 1 : 0.25);
        await expectBlocksOfWhole(recording);
      });
    }
  });
});
