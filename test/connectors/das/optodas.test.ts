import { expect, it } from 'vitest';
import { optodasFormat } from '../../../connectors/das/formats/optodas.js';
import { channelDistanceM } from '../../../connectors/das/recording.js';
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
  readByDascore,
  shapeOf,
  withOpen,
} from './vendor-support.js';

const NAME = 'decimated_optodas.hdf5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());
const path = samplePath(SAMPLE);

describeWithSamples('OptoDAS sample', [SAMPLE], () => {
  it('equals DASCore: every 50th channel, 51.065 m apart, from 33192.256 m', async () => {
    expect(await probeOf(optodasFormat, path)).toBe(1);
    await withOpen(optodasFormat, { path }, async (recording) => {
      await expectTruth(recording, groundTruth(NAME));
      expect(recording.spacingM).toBeCloseTo(51.06500953873183, 9);
      expect(recording.firstDistanceM).toBeCloseTo(33192.256, 3);
      expect(channelDistanceM(recording, 50)).toBeCloseTo(35745.507, 3);
      expect(recording).toMatchObject({ version: '8', firstChannel: 32500 });
      expect(recording.conversion).toMatchObject({ component: 'strain-rate', factor: 1e6 });
      expect(recording.facts).toMatchObject({ channelStep: 50, instrument: 'fsic044.fsi.lan' });
    });
  });

  it('tells base spacing and whole cable from the channels of the data', () =>
    withOpen(optodasFormat, { path }, (recording) => {
      expect(entriesOn(recording, 'channel-spacing')[0]?.found).toMatchObject({
        '/header/dx': 1.0213001907746815,
        'step of /header/channels': 50,
      });
      expect(entriesOn(recording, 'shape')[0]).toMatchObject({ severity: 'note', used: 51 });
      expect(recording.audit.filter(({ severity }) => severity === 'disagreement')).toEqual([]);
    }));

  it('random blocks hold the values of the whole', () =>
    withOpen(optodasFormat, { path }, (recording) => expectBlocksOfWhole(recording, 20)));
});

describeWithPeers('OptoDAS files beside the peers', () => {
  describeWithSamples('variants of the sample', [SAMPLE], () => {
    it('scales stored integers, shifts the start, names the version: as DASCore', async () => {
      const changed = changedCopy(
        path,
        at('v11.hdf5'),
        `
f['fileVersion'][...] = 11
f['header/dataScale'][...] = 0.25
del f['data']
f['data'] = (np.arange(5000)[:, None] - 7 * np.arange(51)[None, :]).astype('i2')
r = f['header/dimensionRanges/dimension0']
r['min'][...] = 100
r['max'][...] = 5099`,
      );
      const [peer] = readByDascore([changed]);
      await withOpen(optodasFormat, { path: changed }, async (recording) => {
        expect(recording).toMatchObject({ version: '11', layout: { type: 'int16' } });
        expect(recording.conversion.factor).toBeCloseTo(0.25e6, 6);
        const values = await allValues(recording);
        // DASCore applies the scale to what it gives; ours is part of the conversion.
        expect(Array.from(values.subarray(0, 5000), (value) => value * 0.25)).toEqual(peer?.values);
        await expectPeer(recording, {
          ...(peer as never as object),
          values: Array.from(values.subarray(0, 9)),
        } as never);
        expect(entriesOn(recording, 'time')).toHaveLength(1);
      });
    });

    it('turns phase rate a metre into strain rate by the stated sensitivity', async () => {
      const changed = changedCopy(
        path,
        at('phase.hdf5'),
        `
del f['header/unit']
f['header/unit'] = np.bytes_('rad/m/s')
f['header/sensitivities'][...] = 9.36221e6
f['header/spatialUnwrRange'][...] = 8 * np.pi
f['header/dataScale'][...] = 2.0`,
      );
      await withOpen(optodasFormat, { path: changed }, ({ conversion, audit }) => {
        expect(conversion).toMatchObject({ component: 'strain-rate', difference: false });
        expect(conversion.factor / ((2 * 1e6) / 9.36221e6)).toBeCloseTo(1, 6);
        // The formula with the laser's own frequency agrees with the sensitivity, so no complaint.
        expect(audit.filter(({ severity }) => severity === 'disagreement')).toEqual([]);
        expect(audit.map(({ why }) => why).join()).toMatch(/wrap at this range/);
      });
    });

    it('reads [distance, time] by its labels and channels that are not equally spaced', async () => {
      const changed = changedCopy(
        path,
        at('turned.hdf5'),
        `
values = f['data'][...].T
del f['data'], f['header/dimensionNames']
f['data'] = values
f['header/dimensionNames'] = np.array([b'distance', b'time'])
r = f['header/dimensionRanges']
r.move('dimension0', 'x'); r.move('dimension1', 'dimension0'); r.move('x', 'dimension1')
c = f['header/channels'][...]
c[40:] += 500
f['header/channels'][...] = c`,
      );
      await withOpen(optodasFormat, { path: changed }, async (recording) => {
        expect(shapeOf(recording)).toEqual([51, 5000]);
        expect(recording.layout.timeAxis).toBe(1);
        expect(channelDistanceM(recording, 39)).toBeCloseTo(34450 * 1.0213001907746815, 6);
        expect(channelDistanceM(recording, 40)).toBeCloseTo(35000 * 1.0213001907746815, 6);
        await expectBlocksOfWhole(recording, 10);
      });
    });

    it('says what contradicts: axis step, cable, lost samples, other version', async () => {
      const changed = changedCopy(
        path,
        at('changed.hdf5'),
        `
f['fileVersion'][...] = 12
f['header/dimensionRanges/dimension0/unitScale'][...] = 0.004
f['cableSpec/sensorDistances'][...] = np.linspace(0, 1000, 11380)
del f['header/missingSamples']
f['header/missingSamples'] = np.array([5.0, 6.0])`,
      );
      await withOpen(optodasFormat, { path: changed }, (recording) => {
        expect(entriesOn(recording, 'sampling-interval')).toMatchObject([
          { severity: 'disagreement', used: 0.002 },
        ]);
        expect(entriesOn(recording, 'first-distance')).toMatchObject([
          { severity: 'disagreement', found: { 'nearest of /cableSpec/sensorDistances': 1000 } },
        ]);
        expect(entriesOn(recording, 'gap')).toHaveLength(1);
        expect(entriesOn(recording, 'selection')).toMatchObject([{ severity: 'assumption' }]);
      });
    });

    it.each([
      ['dt', "del f['header/dt']", '/header/dt'],
      ['dx', "f['header/dx'][...] = -1", '/header/dx'],
      ['time', "del f['header/time']", '/header/time'],
      ['data', "del f['data']", '/data'],
      [
        'channels',
        "del f['header/channels']; f['header/channels'] = np.arange(50)",
        '/header/channels',
      ],
      ['order', "f['header/channels'][...] = 7", '/header/channels[1]'],
      ['text', "del f['header/dt']; f['header/dt'] = 'fast'", '/header/dt'],
      ['size', "del f['header/unit']; f['header/unit'] = np.zeros(100000)", '/header/unit'],
    ])('refuses a broken %s by its place', async (_, statements, place) => {
      const broken = changedCopy(path, at('broken.hdf5'), statements);
      await expect(withOpen(optodasFormat, { path: broken }, () => 0)).rejects.toMatchObject({
        _tag: 'CorruptSource',
        source: broken,
        at: place,
      });
    });
  });
});
