import { expect, it } from 'vitest';
import { terra15Format } from '../../../connectors/das/formats/terra15.js';
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
  readByXdas,
  shapeOf,
  withOpen,
} from './vendor-support.js';

const NAME = 'terra15_v5_test_file.hdf5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());
const path = samplePath(SAMPLE);

describeWithSamples('Terra15 sample', [SAMPLE], () => {
  it('equals DASCore, with the interval of the stamps', async () => {
    expect(await probeOf(terra15Format, path)).toBe(1);
    await withOpen(terra15Format, { path }, async (recording) => {
      await expectTruth(recording, groundTruth(NAME));
      const stepS = 1 / (recording.runs[0]?.rateHz as number);
      expect(stepS).toBeCloseTo(0.000310771, 9);
      expect(entriesOn(recording, 'sampling-interval')).toMatchObject([
        { severity: 'disagreement', found: { '/@dt_computer': 0.00031096 }, used: stepS },
      ]);
      expect(entriesOn(recording, 'clock-lock')).toHaveLength(1);
      expect(recording).toMatchObject({ version: '5', gaugeLengthM: 2.4502857212913773 });
      expect(recording.conversion).toMatchObject({
        component: 'velocity',
        units: 'm/s',
        factor: 1,
      });
    });
  });

  it('random blocks hold the values of the whole', () =>
    withOpen(terra15Format, { path }, (recording) => expectBlocksOfWhole(recording)));
});

describeWithPeers('Terra15 files beside the peers', () => {
  describeWithSamples('variants of the sample', [SAMPLE], () => {
    it('versions 4 and 6 and a last block that was not filled: as DASCore', async () => {
      const four = changedCopy(
        path,
        at('v4.hdf5'),
        "f.attrs['file_version'] = 4\nf.move('data_product', 'velocity')",
      );
      const six = changedCopy(
        path,
        at('v6.hdf5'),
        `
f.attrs['file_version'] = 6
g = f['data_product']
g['gps_time'][1900:] = 0
g['posix_time'][1900:] = 0`,
      );
      const peers = readByDascore([four, six]);
      await withOpen(terra15Format, { path: four }, async (recording) => {
        expect(recording.version).toBe('4');
        await expectPeer(recording, peers[0] as never);
      });
      await withOpen(terra15Format, { path: six }, async (recording) => {
        expect(shapeOf(recording)).toEqual([1900, 43]);
        await expectPeer(recording, peers[1] as never);
        expect(entriesOn(recording, 'shape')).toHaveLength(1);
        await expectBlocksOfWhole(recording, 5);
      });
    });

    it('is what xdas reads', async () => {
      const [peer] = readByXdas('terra15', [path]);
      await withOpen(terra15Format, { path }, (recording) => expectPeer(recording, peer as never));
    });

    it('splits at gaps, bridges stamps that step back, takes posix time without GPS', async () => {
      const gap = changedCopy(
        path,
        at('gap.hdf5'),
        "t = f['data_product/gps_time'][...]\nt[1000:] += 2.0\nf['data_product/gps_time'][...] = t",
      );
      await withOpen(terra15Format, { path: gap }, (recording) => {
        expect(recording.runs.map((run) => run.sampleCount)).toEqual([1000, 1060]);
        // The stamps of the sample are 0.1 % slower in its second half.
        expect(1 / (recording.runs[1]?.rateHz as number)).toBeCloseTo(0.000311, 6);
        expect(entriesOn(recording, 'gap')).toHaveLength(1);
      });
      const back = changedCopy(
        path,
        at('back.hdf5'),
        `
g = f['data_product']
del g['gps_time']
t = g['posix_time'][...]
t[500], t[501] = t[501], t[500]
g['posix_time'][...] = t`,
      );
      await withOpen(terra15Format, { path: back }, (recording) => {
        expect(recording.runs).toHaveLength(1);
        expect(1 / (recording.runs[0]?.rateHz as number)).toBeCloseTo(0.000310771, 9);
        expect(entriesOn(recording, 'time')).toMatchObject([{ severity: 'disagreement' }]);
      });
    });

    it('reads [channel, time] by the lengths and says what contradicts', async () => {
      const turned = changedCopy(
        path,
        at('turned.hdf5'),
        `
values = f['data_product/data'][...].T
del f['data_product/data']
d = f['data_product'].create_dataset('data', data=values)
d.attrs['dx'] = 1.7
f.attrs['sensing_range_end'] = 500.0
f.attrs['file_version'] = 9`,
      );
      await withOpen(terra15Format, { path: turned }, async (recording) => {
        expect(shapeOf(recording)).toEqual([43, 2060]);
        expect(entriesOn(recording, 'channel-spacing')).toHaveLength(1);
        expect(entriesOn(recording, 'shape')).toHaveLength(1);
        expect(entriesOn(recording, 'selection')).toMatchObject([{ severity: 'assumption' }]);
        await expectBlocksOfWhole(recording, 5);
      });
    });

    it.each([
      ['data', "del f['data_product/data']", '/data_product/data'],
      ['group', "f.move('data_product', 'other')", '/data_product'],
      ['spacing', "f.attrs['dx'] = float('nan')", '/@dx'],
      ['start', "f.attrs['sensing_range_start'] = 'here'", '/@sensing_range_start'],
      ['times', "f['data_product/gps_time'][...] = 0", '/data_product/gps_time'],
      [
        'clocks',
        "del f['data_product/gps_time'], f['data_product/posix_time']",
        '/data_product/posix_time',
      ],
      [
        'shape',
        "del f['data_product/data']; f['data_product/data'] = np.zeros((3, 5))",
        '/data_product/data',
      ],
    ])('refuses a broken %s by its place', async (_, statements, place) => {
      const broken = changedCopy(path, at('broken.hdf5'), statements);
      await expect(withOpen(terra15Format, { path: broken }, () => 0)).rejects.toMatchObject({
        _tag: 'CorruptSource',
        source: broken,
        at: place,
      });
    });
  });
});
