import { expect, it } from 'vitest';
import { prodmlFormat } from '../../../connectors/das/formats/prodml.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { temporaryFolder, writeWithH5py } from './support.js';
import {
  allValues,
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

const NAME = 'iDAS005_hdf5_example.626.h5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());
const START = 1_500_000_000_000_000_000n;

describeWithSamples('Silixa iDAS sample', [SAMPLE], () => {
  it('equals DASCore and names the first distances that contradict', () =>
    withOpen(prodmlFormat, { path: samplePath(SAMPLE) }, async (recording) => {
      await expectTruth(recording, groundTruth(NAME));
      expect(recording.firstDistanceM).toBeCloseTo(-118 * 1.0209519863128662, 9);
      expect(entriesOn(recording, 'first-distance').length).toBeGreaterThan(0);
      await expectBlocksOfWhole(recording, 5);
    }));
});

/** What all writers of 2.x put into the groups, for readers that look. */
const COMMON = `
acquisition.attrs.update({'PulseRate': 1000.0, 'PulseWidth': 50.0, 'uuid': np.bytes_('u')})
for node in (data, time):
    node.attrs['PartStartTime'] = PART('2017-07-14T02:40:00.000000+00:00')
    node.attrs['PartEndTime'] = PART('2017-07-14T02:40:00.490000+00:00')`;
const ONYX = COMMON.replaceAll('PART', 'str');
const QUANTX = `${COMMON.replaceAll('PART', 'np.bytes_')}
custom = acquisition.create_group('Custom')
custom.attrs.update({'Fibre Refractive Index': 1.4682, 'Output Channel Start (CSU)': 5})`;

describeWithPeers('PRODML of other vendors beside the peers', () => {
  it('reads Sintela ONYX and transposed OptaSense QuantX as the peers do', async () => {
    const data = '1000 * x + t';
    const common = { data, samples: 50, loci: 7 };
    writeWithH5py({ ...common, path: at('onyx.h5'), unit: 'rad/s', also: ONYX });
    writeWithH5py({
      ...common,
      path: at('quantx.h5'),
      dtype: '<i2',
      isTransposed: true,
      dimensions: ['locus', 'time'],
      unit: 'rad * 2PI/2^16',
      also: QUANTX,
    });
    const peers = readByDascore([at('onyx.h5'), at('quantx.h5')]);
    await withOpen(prodmlFormat, { path: at('onyx.h5') }, async (recording) => {
      await expectPeer(recording, peers[0] as never);
      // Phase rate without a refractive index stays counts, and the missing field is named.
      expect(recording.conversion).toMatchObject({ component: 'phase', units: 'counts' });
      expect(entriesOn(recording, 'units')[0]?.why).toMatch(/refractive index/);
    });
    await withOpen(prodmlFormat, { path: at('quantx.h5') }, async (recording) => {
      expect(shapeOf(recording)).toEqual([7, 50]);
      expect(peers[1]?.dims).toEqual(['distance', 'time']);
      await expectPeer(recording, peers[1] as never);
      expect(recording.conversion).toMatchObject({ component: 'strain-rate', wrapCounts: 65_536 });
      // 2 pi / 2^16 * lambda / (0.78 * 4 pi n L) * fs, as DAS4Whales has it for OptaSense.
      const { gaugeLengthM, conversion } = recording;
      const strain = 1550e-9 / (0.78 * 4 * Math.PI * 1.4682 * (gaugeLengthM ?? NaN));
      const rateHz = recording.runs[0]?.rateHz ?? NaN;
      const expected = ((2 * Math.PI) / 2 ** 16) * strain * 1e6 * rateHz;
      expect(conversion.factor / expected).toBeCloseTo(1, 9);
      await expectBlocksOfWhole(recording);
    });
  });

  describeWithSamples('Silixa iDAS sample', [SAMPLE], () => {
    it('is what xdas reads', async () => {
      const [xdas] = readByXdas('prodml', [samplePath(SAMPLE)]);
      await withOpen(prodmlFormat, { path: samplePath(SAMPLE) }, (recording) =>
        expectPeer(recording, xdas as never),
      );
    });
  });

  it('tells channel numbers of OptaSense from loci that contradict them', async () => {
    const also = `${QUANTX}\ncustom.attrs['Output Channel Start (CSU)'] = 900`;
    writeWithH5py({ path: at('csu.h5'), data: 't + x', samples: 50, loci: 3, also });
    await withOpen(prodmlFormat, { path: at('csu.h5') }, (recording) => {
      expect(entriesOn(recording, 'first-distance')).toMatchObject([
        { severity: 'disagreement', found: { 'Custom@Output Channel Start (CSU)': 900 }, used: 10 },
      ]);
    });
  });

  it('takes start and rate where there are no time stamps, either way round', async () => {
    for (const [name, isTransposed] of [
      ['untimed.h5', false],
      ['untimed-turned.h5', true],
    ] as const) {
      writeWithH5py({
        path: at(name),
        data: '1000 * x + t',
        samples: 50,
        loci: 7,
        isTransposed,
        dimensions: isTransposed ? ['locus', 'time'] : ['time', 'locus'],
        also: `${ONYX}\ndel raw['RawDataTime']`,
      });
      await withOpen(prodmlFormat, { path: at(name) }, async (recording) => {
        expect(recording.runs).toEqual([
          { firstIndex: 0, sampleCount: 50, startNs: START, rateHz: 100 },
        ]);
        expect(entriesOn(recording, 'time')).toMatchObject([{ severity: 'assumption' }]);
        expect((await allValues(recording))[1]).toBe(isTransposed ? 1 : 1000);
      });
    }
    writeWithH5py({
      path: at('nothing.h5'),
      data: 't + x',
      samples: 50,
      loci: 7,
      also: "del raw['RawDataTime']",
    });
    await expect(withOpen(prodmlFormat, { path: at('nothing.h5') }, () => 0)).rejects.toMatchObject(
      { _tag: 'CorruptSource', at: '/Acquisition/Raw[0]/RawDataTime' },
    );
  });

  it('refuses bands and spectra as waveforms, an empty Raw[0] beside them or not', async () => {
    writeWithH5py({
      path: at('fbe.h5'),
      data: 't + x',
      samples: 20,
      loci: 3,
      also: `
fbe = acquisition.create_group('Processed/Fbe[0]')
fbe['FbeData[0]'] = values
del raw['RawData'], raw['RawDataTime']`,
    });
    expect(await probeOf(prodmlFormat, at('fbe.h5'))).toBe(1);
    await expect(withOpen(prodmlFormat, { path: at('fbe.h5') }, () => 0)).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/no waveforms/) as string,
    });
  });

  it('refuses a claim of 10^12 samples within bounded memory', async () => {
    writeWithH5py({
      path: at('hostile.h5'),
      data: 't + x',
      samples: 20,
      loci: 3,
      also: `
del raw['RawData'], raw['RawDataTime']
raw.create_dataset('RawData', shape=(10**12, 3), dtype='i2', chunks=(1000, 3))
raw.create_dataset('RawDataTime', shape=(10**12,), dtype='i8', chunks=(1000,))`,
    });
    await expect(withOpen(prodmlFormat, { path: at('hostile.h5') }, () => 0)).rejects.toMatchObject(
      {
        _tag: expect.stringMatching(/CorruptSource|UnsupportedSource/) as string,
        source: at('hostile.h5'),
      },
    );
  });
});
