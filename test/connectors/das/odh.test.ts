import { expect, it } from 'vitest';
import { odh3Format } from '../../../connectors/das/formats/odh3.js';
import { odh4Format } from '../../../connectors/das/formats/odh4.js';
import { channelDistanceM } from '../../../connectors/das/recording.js';
import { temporaryFolder } from './support.js';
import {
  allValues,
  describeWithPeers,
  entriesOn,
  expectBlocksOfWhole,
  inside,
  lastSampleNs,
  probeOf,
  shapeOf,
  withOpen,
  writeFile,
} from './vendor-support.js';

const at = inside(temporaryFolder());
const START = 1_676_505_600_000_000_000n;

/** [channel, time]: 1000 * channel + sample. `more` changes the file. */
function writeOdh4(name: string, more = ''): string {
  return writeFile(
    at(name),
    `
values = (1000 * np.arange(12)[:, None] + np.arange(400)[None, :]).astype('f4')
f.create_dataset('raw_data', data=values, chunks=(5, 100))
a = f.attrs
a.update({'GL m': 20.4, 'channel spacing m': 2.04, 'channel_start': 100, 'channel_end': 112, 'starttime': '2023-02-16T00:00:00.000000',
  'endtime': '2023-02-16T00:00:02.000000', 'sampling rate Hz': 200.0, 'scale factor to strain': 5.3e-9, 'raw_data_units': 'phase shift in radians'})
${more}`,
  );
}

function writeOdh3(name: string, more = ''): string {
  return writeFile(
    at(name),
    `
values = (1000 * np.arange(12)[:, None] + np.arange(400)[None, :]).astype('i2')
x, t = 50.0 + 2.04 * np.arange(12), 1676505600.0 + np.arange(400) / 200
${more}
f['data'], f['x_axis'], f['t_axis'] = values, x, t`,
  );
}

describeWithPeers('OptaSense ODH4, written by h5py after its layout', () => {
  it('reads axes, unit and values; strain becomes strain rate', async () => {
    const path = writeOdh4('plain.h5');
    expect(await probeOf(odh4Format, path)).toBe(1);
    await withOpen(odh4Format, { path }, async (recording) => {
      expect(shapeOf(recording)).toEqual([12, 400]);
      expect(recording).toMatchObject({ firstChannel: 100, gaugeLengthM: 20.4, spacingM: 2.04 });
      expect(recording.firstDistanceM).toBeCloseTo(204, 9);
      expect(recording.runs).toEqual([
        { firstIndex: 0, sampleCount: 400, startNs: START, rateHz: 200 },
      ]);
      expect(recording.conversion).toMatchObject({ component: 'strain-rate', difference: true });
      expect(recording.conversion.factor / (5.3e-9 * 1e6 * 200)).toBeCloseTo(1, 9);
      expect(recording.audit.filter(({ severity }) => severity === 'disagreement')).toEqual([]);
      expect((await allValues(recording))[401]).toBe(1001);
      await expectBlocksOfWhole(recording);
    });
  });

  it('reads a transposed dataset by the lengths, and inclusive bounds', async () => {
    const turned = writeOdh4('turned.h5', "del f['raw_data']\nf['raw_data'] = values.T");
    await withOpen(odh4Format, { path: turned }, async (recording) => {
      expect(recording.layout).toMatchObject({ timeAxis: 0, timeCount: 400, channelCount: 12 });
      expect((await allValues(recording))[1]).toBe(1000);
    });
    const inclusive = writeOdh4(
      'inclusive.h5',
      "a['endtime'] = '2023-02-16T00:00:01.995'\na['channel_end'] = 111",
    );
    await withOpen(odh4Format, { path: inclusive }, (recording) => {
      expect(shapeOf(recording)).toEqual([12, 400]);
      expect(recording.audit.filter(({ severity }) => severity === 'disagreement')).toEqual([]);
    });
  });

  it('says what contradicts and what is missing', async () => {
    const path = writeOdh4(
      'changed.h5',
      "a['endtime'] = '2023-02-16T00:00:03.0'\ndel a['scale factor to strain'], a['channel_start'], a['channel_end']",
    );
    await expect(withOpen(odh4Format, { path }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: '/raw_data',
    });
    const partly = writeOdh4(
      'partly.h5',
      "a['endtime'] = '2023-02-16T00:00:03.0'\ndel a['scale factor to strain']",
    );
    await withOpen(odh4Format, { path: partly }, (recording) => {
      expect(entriesOn(recording, 'shape')).toMatchObject([{ severity: 'disagreement' }]);
      expect(entriesOn(recording, 'time')).toMatchObject([{ severity: 'disagreement' }]);
      // Phase without a scale needs a refractive index that the file does not hold.
      expect(recording.conversion).toMatchObject({ component: 'phase', units: 'counts' });
      expect(entriesOn(recording, 'units')[0]?.why).toMatch(/refractive index/);
    });
  });

  it.each([
    ['rate', "a['sampling rate Hz'] = 0.0", '/@sampling rate Hz'],
    ['time', "a['starttime'] = 'noon'", '/@starttime'],
    ['spacing', "a['channel spacing m'] = -2.0", '/@channel spacing m'],
    ['axes', "del f['raw_data']; f['raw_data'] = np.zeros(7)", '/raw_data'],
  ])('refuses a broken %s by its place', async (_, more, place) => {
    const path = writeOdh4('broken.h5', more);
    await expect(withOpen(odh4Format, { path }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: path,
      at: place,
    });
  });
});

describeWithPeers('OptaSense ODH3, written by h5py after its layout', () => {
  it('reads both axes from their datasets, either way round', async () => {
    for (const [name, more, timeAxis] of [
      ['plain3.h5', '', 1],
      ['turned3.h5', 'values = values.T', 0],
    ] as const) {
      const path = writeOdh3(name, more);
      expect(await probeOf(odh3Format, path)).toBe(0.9);
      await withOpen(odh3Format, { path }, async (recording) => {
        expect(recording.layout).toMatchObject({ timeAxis, timeCount: 400, channelCount: 12 });
        expect(recording.runs[0]?.startNs).toBe(START);
        // Seconds since 1970 in a double are exact to 0.2 microseconds.
        expect(recording.runs[0]?.rateHz).toBeCloseTo(200, 4);
        expect(Number(lastSampleNs(recording) - START) / 1e9).toBeCloseTo(1.995, 6);
        expect(channelDistanceM(recording, 11)).toBeCloseTo(50 + 11 * 2.04, 6);
        expect(recording.distancesM).toBeNull();
        await expectBlocksOfWhole(recording);
      });
    }
  });

  it('keeps the distance of each channel where they are not equally spaced', async () => {
    const path = writeOdh3('uneven.h5', 'x[6:] += 30.0');
    await withOpen(odh3Format, { path }, (recording) => {
      expect(channelDistanceM(recording, 5)).toBeCloseTo(60.2, 6);
      expect(channelDistanceM(recording, 6)).toBeCloseTo(92.24, 6);
      expect(entriesOn(recording, 'channel-spacing')).toMatchObject([{ severity: 'note' }]);
    });
  });

  it('refuses times without a date and axes of other lengths', async () => {
    const relative = writeOdh3('relative.h5', 't = t - t[0]');
    await expect(withOpen(odh3Format, { path: relative }, () => 0)).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/no date/) as string,
    });
    const short = writeOdh3('short.h5', 't = t[:100]');
    await expect(withOpen(odh3Format, { path: short }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: '/t_axis',
    });
  });
});
