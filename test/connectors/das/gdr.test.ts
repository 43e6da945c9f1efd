import { expect, it } from 'vitest';
import { gdrFormat } from '../../../connectors/das/formats/gdr.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { temporaryFolder } from './support.js';
import {
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

const NAME = 'gdr_1.h5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());
const path = samplePath(SAMPLE);

describeWithSamples('GDR sample', [SAMPLE], () => {
  it('equals DASCore and says what is missing or contradicts', async () => {
    expect(await probeOf(gdrFormat, path)).toBe(1);
    await withOpen(gdrFormat, { path }, async (recording) => {
      await expectTruth(recording, groundTruth(NAME));
      expect(recording).toMatchObject({
        version: 'DAS-RCN v1.10',
        gaugeLengthM: 10,
        spacingM: 1.021,
        storedUnit: null,
        conversion: { units: 'counts' },
      });
      expect(entriesOn(recording, 'shape')).toMatchObject([
        { severity: 'disagreement', used: 100_000 },
      ]);
      expect(entriesOn(recording, 'first-distance')).toMatchObject([{ severity: 'assumption' }]);
    });
  });

  it('random blocks hold the values of the whole', () =>
    withOpen(gdrFormat, { path }, (recording) => expectBlocksOfWhole(recording, 20)));
});

describeWithPeers('GDR files beside DASCore', () => {
  describeWithSamples('variants of the sample', [SAMPLE], () => {
    it('reads [locus, time] as DASCore does; a unit makes strain rate', async () => {
      const turned = changedCopy(
        path,
        at('turned.h5'),
        `
values = f['DasRawData/RawData'][...].T
del f['DasRawData/RawData']
d = f['DasRawData'].create_dataset('RawData', data=values, chunks=(3, 500), compression='gzip')
d.attrs['DasDimensions'] = ['locus', 'time step']
a = f['DasMetadata/Interrogator/Acquisition']
a.attrs['UnitOfMeasure'] = 'nm/m/s'
a.attrs['SpatialSamplingInterval'] = '2.5'`,
      );
      const [peer] = readByDascore([turned]);
      await withOpen(gdrFormat, { path: turned }, async (recording) => {
        expect(shapeOf(recording)).toEqual([10, 10000]);
        expect(peer?.dims).toEqual(['distance', 'time']);
        await expectPeer(recording, peer as never);
        expect(recording.conversion).toMatchObject({ component: 'strain-rate', factor: 1e-3 });
        await expectBlocksOfWhole(recording, 10);
      });
    });

    it('splits at gaps, reads feet, holds texts against stamps', async () => {
      const changed = changedCopy(
        path,
        at('changed.h5'),
        `
t = f['DasRawData/DasTimeArray'][...]
t[4000:] += 5 * 10**9
f['DasRawData/DasTimeArray'][...] = t
a = f['DasMetadata/Interrogator/Acquisition']
a.attrs['SpatialSamplingIntervalUnit'] = 'feet'
a.attrs['SpatialSamplingInterval'] = '10'
a.attrs['AcquisitionSampleRate'] = '500'
a['ChannelGroup'].attrs['FirstUsableChannelID'] = '20'
a.attrs['GaugeLengthUnit'] = 'feet'
a.attrs['UnitOfMeasure'] = 'strain-rate'
del f['DasRawData/RawData'].attrs['DasDimensions'], f['DasRawData/RawData'].attrs['Count']`,
      );
      await withOpen(gdrFormat, { path: changed }, (recording) => {
        expect(recording.runs.map((run) => [run.sampleCount, run.rateHz])).toEqual([
          [4000, 1000],
          [6000, 1000],
        ]);
        expect(entriesOn(recording, 'sampling-interval')).toMatchObject([
          { severity: 'disagreement' },
        ]);
        expect(entriesOn(recording, 'time')).toHaveLength(1);
        // The first usable channel is not the first one stored.
        expect(recording).toMatchObject({ firstChannel: 0, firstDistanceM: 0 });
        expect(recording.facts['firstUsableChannel']).toBe('20');
        expect(recording.spacingM).toBeCloseTo(3.048, 9);
        expect(recording.gaugeLengthM).toBeCloseTo(3.048, 9);
        expect(recording).toMatchObject({ storedUnit: 'strain-rate' });
        expect(recording.conversion).toMatchObject({ component: 'strain-rate', factor: 1e6 });
        expect(entriesOn(recording, 'units')[0]).toMatchObject({
          severity: 'assumption',
          used: 'm/m/s',
        });
        expect(entriesOn(recording, 'shape')).toEqual([]);
      });
    });

    it.each([
      ['times', "del f['DasRawData/DasTimeArray']", '/DasRawData/DasTimeArray'],
      ['order', "f['DasRawData/DasTimeArray'][7] = 5", '/DasRawData/DasTimeArray[7]'],
      [
        'spacing',
        "a.attrs['SpatialSamplingInterval'] = 'NaN'",
        '/DasMetadata/Interrogator/Acquisition@SpatialSamplingInterval',
      ],
      [
        'acquisition',
        "del f['DasMetadata/Interrogator/Acquisition']",
        '/DasMetadata/Interrogator/Acquisition',
      ],
      [
        'data',
        "del f['DasRawData/RawData']; f['DasRawData/RawData'] = np.zeros((4, 4, 4))",
        '/DasRawData/RawData',
      ],
    ])('refuses broken %s by its place', async (_, statement, place) => {
      const broken = changedCopy(
        path,
        at('broken.h5'),
        `a = f['DasMetadata/Interrogator/Acquisition']\n${statement}`,
      );
      await expect(withOpen(gdrFormat, { path: broken }, () => 0)).rejects.toMatchObject({
        _tag: 'CorruptSource',
        source: broken,
        at: place,
      });
    });

    it('refuses a claim of 10^12 samples within bounded memory', async () => {
      const hostile = changedCopy(
        path,
        at('hostile.h5'),
        `
g = f['DasRawData']
del g['RawData'], g['DasTimeArray']
g.create_dataset('RawData', shape=(10**12, 10), dtype='f4', chunks=(1000, 10))
g.create_dataset('DasTimeArray', shape=(10**12,), dtype='u8', chunks=(1000,))`,
      );
      await expect(withOpen(gdrFormat, { path: hostile }, () => 0)).rejects.toMatchObject({
        _tag: expect.stringMatching(/CorruptSource|UnsupportedSource/) as string,
        source: hostile,
      });
    });
  });
});
