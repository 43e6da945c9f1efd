import { describe, expect, it } from 'vitest';
import { silixaH5Format, startTime } from '../../../connectors/das/formats/silixa-h5.js';
import { isoToNs } from '../../../core/time.js';
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
  withOpen,
} from './vendor-support.js';

const NAME = 'silixa_h5_1.hdf5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());
const path = samplePath(SAMPLE);

describe('times of Silixa', () => {
  it('reads the day first, ISO-8601 with offset, and no other text', () => {
    const ns = isoToNs('2023-09-22T18:29:26.158Z');
    expect(startTime('22/09/2023 18:29:26.158 (UTC)')).toBe(ns);
    expect(startTime('2023-09-22T19:29:26.158+01:00')).toBe(ns);
    expect(startTime('Not available')).toBeNull();
    expect(startTime(null)).toBeNull();
  });
});

describeWithSamples('Silixa flat HDF5 sample', [SAMPLE], () => {
  it('equals DASCore, spacing times the fibre length multiplier', async () => {
    expect(await probeOf(silixaH5Format, path)).toBe(1);
    await withOpen(silixaH5Format, { path }, async (recording) => {
      await expectTruth(recording, groundTruth(NAME));
      expect(recording.spacingM).toBeCloseTo(2.041904, 9);
      expect(recording).toMatchObject({ version: '2.4.1.111', gaugeLengthM: 10 });
      // 116 nm * 500 Hz / (10 m * 2^13) a count.
      expect(recording.conversion.factor).toBeCloseTo((116e-9 * 500 * 1e6) / (10 * 8192), 12);
    });
  });

  it('reports clocks, lock and first distances that contradict', () =>
    withOpen(silixaH5Format, { path }, (recording) => {
      expect(entriesOn(recording, 'time')).toMatchObject([
        { severity: 'disagreement', found: { CPUTimeStamp: '2023-09-22T18:52:18.801Z' } },
      ]);
      expect(entriesOn(recording, 'clock-lock')[0]?.found).toMatchObject({
        '/Acoustic@SystemInfomation.GPS.Status': 'Uninitialized',
      });
      expect(entriesOn(recording, 'first-distance')).toMatchObject([
        { severity: 'disagreement', found: { 'Start Distance (m)': 0.765761 } },
      ]);
    }));

  it('random blocks hold the values of the whole', () =>
    withOpen(silixaH5Format, { path }, (recording) => expectBlocksOfWhole(recording, 10)));
});

describeWithPeers('Silixa flat HDF5 beside DASCore', () => {
  describeWithSamples('variants of the sample', [SAMPLE], () => {
    it('without GPS time the clock of the computer is taken, as DASCore does', async () => {
      const changed = changedCopy(
        path,
        at('cpu.hdf5'),
        `
a = f['Acoustic'].attrs
a['GPSTimeStamp'] = ''
del a['ISO8601 Timestamp']
a['SamplingFrequency[Hz]'] = '1000'
a['Precise Sampling Frequency (Hz)'] = '5500'
a['Fibre Length Multiplier'] = '1.05'`,
      );
      const [peer] = readByDascore([changed]);
      await withOpen(silixaH5Format, { path: changed }, async (recording) => {
        await expectPeer(recording, peer as never);
        expect(entriesOn(recording, 'time')).toMatchObject([{ severity: 'assumption' }]);
        // 5500 Hz / 11 is 500 Hz, not 1000 Hz.
        expect(entriesOn(recording, 'sampling-interval')).toMatchObject([
          { severity: 'disagreement', used: 0.001 },
        ]);
      });
    });

    it('falls back to Start Distance, leaves counts without calibration, scales another one', async () => {
      const changed = changedCopy(
        path,
        at('bare.hdf5'),
        "a = f['Acoustic'].attrs\ndel a['StartPosition[m]'], a['Unit Calibration (nm)']",
      );
      await withOpen(silixaH5Format, { path: changed }, (recording) => {
        expect(recording.firstDistanceM).toBeCloseTo(0.765761, 9);
        expect(entriesOn(recording, 'first-distance')).toMatchObject([{ severity: 'assumption' }]);
        expect(recording.conversion).toMatchObject({ units: 'counts', factor: 1 });
      });
      const other = changedCopy(
        path,
        at('calibration.hdf5'),
        "f['Acoustic'].attrs['Unit Calibration (nm)'] = '58'",
      );
      await withOpen(silixaH5Format, { path: other }, ({ conversion }) => {
        expect(conversion.factor).toBeCloseTo((58e-9 * 500 * 1e6) / (10 * 8192), 12);
      });
    });

    it.each([
      [
        'times',
        "for n in ['GPSTimeStamp', 'ISO8601 Timestamp', 'CPUTimeStamp']: a[n] = 'never'",
        '/Acoustic@GPSTimeStamp',
      ],
      ['rate', "a['SamplingFrequency[Hz]'] = '0'", '/Acoustic@SamplingFrequency[Hz]'],
      ['spacing', "a['SpatialResolution[m]'] = 'two'", '/Acoustic@SpatialResolution[m]'],
    ])('refuses broken %s by its place', async (_, statement, place) => {
      const broken = changedCopy(path, at('broken.hdf5'), `a = f['Acoustic'].attrs\n${statement}`);
      await expect(withOpen(silixaH5Format, { path: broken }, () => 0)).rejects.toMatchObject({
        _tag: 'CorruptSource',
        source: broken,
        at: place,
      });
    });
  });
});
