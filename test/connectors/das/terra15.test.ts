import { expect, it } from 'vitest';
import { terra15Format } from '../../../connectors/das/formats/terra15.js';
import { recordingPart } from '../../../connectors/das/sample-stream.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
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
  runPeer,
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

const EDGELESS = `
import json, sys, dascore
patch = dascore.spool(sys.argv[1])[0].transpose('time', 'distance')
patch = patch.velocity_to_strain_rate_edgeless(step_multiple=2)
part = patch.data[5:8]
print(json.dumps({'values': (part.astype('f8') * 1e6).ravel().tolist(), 'channels': part.shape[1], 'distances': patch.get_array('distance').tolist()}))
`;

describeWithPeers('Terra15 velocity as strain rate', () => {
  describeWithSamples('sample', [SAMPLE], () => {
    it('is what DASCore makes of it over the nearest number of channels', async () => {
      const peer = runPeer<{ values: number[]; channels: number; distances: number[] }>(EDGELESS, [
        path,
      ]);
      await withOpen(terra15Format, { path }, async (recording) => {
        const part = { time: [5, 8], channel: [0, 43] } as const;
        const strain = recordingPart(recording, { part, values: 'strain-rate' });
        expect(strain).toMatchObject({ storedUnit: 'microstrain/s', firstChannel: 0 });
        expect(strain.layout).toMatchObject({ timeCount: 3, channelCount: peer.channels });
        expect(strain.gaugeLengthM).toBeCloseTo(2 * 1.633524, 5);
        const values = await strain.readBlock({ time: [0, 3], channel: [0, peer.channels] });
        const largest = Math.max(...peer.values.map(Math.abs));
        peer.values.forEach((value, i) => {
          expect(Math.abs(Number(values[i]) - value) / largest).toBeLessThan(1e-6);
        });
        peer.distances.forEach((m, i) => {
          expect(strain.firstDistanceM + i * strain.spacingM).toBeCloseTo(m, 6);
        });
        const inner = await strain.readBlock({ time: [1, 2], channel: [10, 12] });
        expect(Array.from(inner as Float32Array)).toEqual(
          Array.from(values as Float32Array).slice(peer.channels + 10, peer.channels + 12),
        );
      });
    });

    it('needs the gauge length, distances, and more channels than it spans', async () => {
      const bare = changedCopy(path, at('bare.hdf5'), "del f.attrs['gauge_length']");
      const whole = { time: [0, 3], channel: [0, 43] } as const;
      await withOpen(terra15Format, { path: bare }, (recording) => {
        expect(() => recordingPart(recording, { part: whole, values: 'strain-rate' })).toThrow(
          /velocity needs the gauge length \(option 'gaugeLengthM'\)/,
        );
        expect(entriesOn(recording, 'units')).toMatchObject([
          { why: expect.stringMatching(/gauge length, which is missing/) as string },
        ]);
      });
      const options = { gaugeLengthM: '10' };
      await withOpen(terra15Format, { path: bare, options }, (recording) => {
        const strain = recordingPart(recording, { part: whole, values: 'strain-rate' });
        expect(strain.layout.channelCount).toBe(43 - 6);
        const narrow = { time: [0, 3], channel: [0, 6] } as const;
        expect(() => recordingPart(recording, { part: narrow, values: 'strain-rate' })).toThrow(
          /6 channels do not span the gauge length, 6 channels apart/,
        );
      });
    });
  });
});

it('velocity of a wave of known strain rate, either way round', async () => {
  // v = -c * strain of a plane wave: its slope along the fibre is the strain rate.
  const slope = 3e-6;
  const samples = Float32Array.from({ length: 40 }, (_, i) => slope * 2.5 * (i % 10));
  const source = memoryRecording({
    ...{ samples, type: 'float32', channelCount: 10, storedUnit: 'm/s', gaugeLengthM: 5 },
    ...{ firstDistanceM: 100, spacingM: 2.5 },
    runs: [{ firstIndex: 0, sampleCount: 4, startNs: 0n, rateHz: 100 }],
  });
  const turned = {
    ...source,
    layout: { ...source.layout, timeAxis: 1 as const },
    readBlock: () => Float32Array.from({ length: 40 }, (_, i) => slope * 2.5 * Math.floor(i / 4)),
  };
  const conversion = { units: 'm/s', factor: 1, difference: false };
  for (const recording of [source, turned]) {
    const part = { time: [0, 4], channel: [0, 10] } as const;
    const strain = recordingPart({ ...recording, conversion } as never, {
      ...{ part, values: 'strain-rate' },
    });
    expect(strain).toMatchObject({ firstDistanceM: 102.5, gaugeLengthM: 5 });
    const values = await strain.readBlock({ time: [0, 4], channel: [0, 8] });
    expect(values).toHaveLength(32);
    for (const value of values) expect(Number(value)).toBeCloseTo(3, 5);
  }
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
        expect(entriesOn(recording, 'time')).toMatchObject([
          { severity: 'assumption', used: '/data_product/posix_time' },
          { severity: 'disagreement' },
        ]);
      });
      const unlocked = changedCopy(
        path,
        at('unlocked.hdf5'),
        "f['data_product/gps_time'][...] = 0\nf['data_product/posix_time'][...] = 1709251199.5 + np.arange(2060) * 0.0003",
      );
      await withOpen(terra15Format, { path: unlocked }, (recording) => {
        expect(recording.layout.timeCount).toBe(2060);
        expect(recording.runs).toMatchObject([{ startNs: 1_709_251_199_500_000_000n }]);
        expect(entriesOn(recording, 'time')).toMatchObject([
          { severity: 'assumption', found: { '/data_product/gps_time[0]': 0 } },
        ]);
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
      [
        'times',
        "f['data_product/gps_time'][...] = 0; f['data_product/posix_time'][...] = 0",
        '/data_product/posix_time',
      ],
      [
        'times of the GPS alone',
        "f['data_product/gps_time'][...] = 0; del f['data_product/posix_time']",
        '/data_product/gps_time',
      ],
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
