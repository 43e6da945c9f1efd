import { expect, it } from 'vitest';
import { neubrexFormat } from '../../../connectors/das/formats/neubrex.js';
import { silixaH5Format } from '../../../connectors/das/formats/silixa-h5.js';
import { temporaryFolder } from './support.js';
import {
  describeWithPeers,
  entriesOn,
  expectBlocksOfWhole,
  expectPeer,
  inside,
  probeOf,
  readByDascore,
  shapeOf,
  withOpen,
  writeFile,
} from './vendor-support.js';

const at = inside(temporaryFolder());

/** A file after the documented layout; `more` changes it with `a`, the attributes. */
function write(name: string, more = ''): string {
  return writeFile(
    at(name),
    `
values = np.random.default_rng(3).normal(size=(120, 9)).astype('f4')
d = f.create_dataset('Acoustic', data=values, chunks=(50, 4), compression='gzip')
a = d.attrs
a.update({'NEUBRESCOPE.DAS.Model': 'NBX-S4000', 'NEUBRESCOPE.DAS.SerialNum': '17', 'StartPosition': 100.5, 'StopPosition': 100.5 + 9 * 1.0209,
  'StartStopPositionUnit': 'm', 'SpatialSamplingInterval': 1.0209, 'GaugeLength': 6.125, 'GaugeLengthUnits': 'm', 'IndexOfRefraction': 1.4682,
  'GPSTimeStamp(UTC)': '2024-04-10T21:15:33.1234567', 'CPUTimeStamp(UTC)': '2024-04-10T21:15:33.1234000', 'TimeSamplingInterval(seconds)': 0.0005,
  'InterrogationRate(Hz)': 2000.0, 'TimeDecimationFilter': 0, 'DistanceDecimationFilter': 0, 'DataPhysicalUnit': 'micro-strain/second',
  'PhaseToStrainConversion(MicroStrainPerRadian)': 0.0179})
${more}`,
  );
}

describeWithPeers('Neubrex files beside DASCore', () => {
  it('is what DASCore reads, in microstrain a second', async () => {
    const path = write('plain.h5');
    expect(await probeOf(neubrexFormat, path)).toBe(1);
    expect(await probeOf(silixaH5Format, path)).toBe(0);
    const [peer] = readByDascore([path]);
    expect(peer?.format).toBe('NeubrexDAS');
    await withOpen(neubrexFormat, { path }, async (recording) => {
      await expectPeer(recording, peer as never);
      expect(shapeOf(recording)).toEqual([120, 9]);
      expect(recording).toMatchObject({ gaugeLengthM: 6.125, storedUnit: 'micro-strain/second' });
      expect(recording.conversion).toMatchObject({ component: 'strain-rate', factor: 1 });
      expect(recording.runs[0]?.startNs).toBe(1_712_783_733_123_456_700n);
      expect(recording.audit).toEqual([]);
      await expectBlocksOfWhole(recording);
    });
  });

  it('turns radians a second into strain rate by the stated factor', async () => {
    const path = write('phase.h5', "a['DataPhysicalUnit'] = 'radian/second'");
    await withOpen(neubrexFormat, { path }, ({ conversion, storedUnit }) => {
      expect(storedUnit).toBe('radian/second');
      expect(conversion).toMatchObject({ component: 'strain-rate', difference: false });
      expect(conversion.factor).toBeCloseTo(0.0179, 12);
    });
  });

  it('says what contradicts: clocks, rate, range, unit, decimation', async () => {
    const path = write(
      'changed.h5',
      `
a['GPSTimeStamp(UTC)'] = '2024-04-10T21:15:43.1234567'
a['InterrogationRate(Hz)'] = 4000.0
a['StopPosition'] = 500.0
a['StartStopPositionUnit'] = 'ft'
a['DistanceDecimationFilter'] = 4`,
    );
    await withOpen(neubrexFormat, { path }, (recording) => {
      expect(recording.firstDistanceM).toBeCloseTo(100.5 * 0.3048, 9);
      expect(recording.spacingM).toBeCloseTo(1.0209 * 0.3048, 9);
      for (const topic of ['time', 'sampling-interval', 'shape'] as const) {
        expect(entriesOn(recording, topic)).toMatchObject([{ severity: 'disagreement' }]);
      }
      expect(entriesOn(recording, 'selection')).toHaveLength(1);
    });
    const cpu = write('cpu.h5', "a['GPSTimeStamp(UTC)'] = ''");
    await withOpen(neubrexFormat, { path: cpu }, (recording) => {
      expect(entriesOn(recording, 'time')).toMatchObject([{ severity: 'assumption' }]);
      expect(recording.runs[0]?.startNs).toBe(1_712_783_733_123_400_000n);
    });
  });

  it.each([
    [
      'times',
      "a['GPSTimeStamp(UTC)'] = a['CPUTimeStamp(UTC)'] = 'none'",
      '/Acoustic@GPSTimeStamp(UTC)',
    ],
    [
      'interval',
      "a['TimeSamplingInterval(seconds)'] = 0.0",
      '/Acoustic@TimeSamplingInterval(seconds)',
    ],
    ['start', "del a['StartPosition']", '/Acoustic@StartPosition'],
    ['spacing', "a['SpatialSamplingInterval'] = -1.0", '/Acoustic@SpatialSamplingInterval'],
  ])('refuses broken %s by its place', async (_, more, place) => {
    const broken = write('broken.h5', more);
    await expect(withOpen(neubrexFormat, { path: broken }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: broken,
      at: place,
    });
  });
});
