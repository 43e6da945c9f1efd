import { expect, it } from 'vitest';
import { febusA1Format } from '../../../connectors/das/formats/febus-a1.js';
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
  readByXdas,
  shapeOf,
  withOpen,
  writeFile,
} from './vendor-support.js';

const NAME = 'valencia_febus_example.h5';
const SAMPLE = `das/${NAME}`;
const at = inside(temporaryFolder());

describeWithSamples('Febus A1-R sample', [SAMPLE], () => {
  const path = samplePath(SAMPLE);

  it('equals DASCore: 1250 samples that are in the file once, not 2500', async () => {
    expect(await probeOf(febusA1Format, path)).toBe(1);
    await withOpen(febusA1Format, { path }, async (recording) => {
      expect(shapeOf(recording)).toEqual([1250, 100]);
      await expectTruth(recording, groundTruth(NAME));
      expect(recording).toMatchObject({ version: '1', gaugeLengthM: 30.4, spacingM: 16.8 });
      expect(recording.conversion).toMatchObject({ component: 'strain-rate', factor: 1e-3 });
    });
  });

  it('reports what the header contradicts', () =>
    withOpen(febusA1Format, { path }, (recording) => {
      expect(entriesOn(recording, 'sampling-interval')).toMatchObject([
        { severity: 'disagreement', used: 0.004 },
      ]);
      expect(entriesOn(recording, 'overlap')).toMatchObject([
        { severity: 'disagreement', used: 125 },
      ]);
      expect(entriesOn(recording, 'time')).toHaveLength(1);
      expect(entriesOn(recording, 'shape')[0]?.found).toMatchObject({
        'channels of the shape': 100,
      });
    }));

  it('random blocks of the trimmed axis hold the values of the whole', () =>
    withOpen(febusA1Format, { path }, (recording) => expectBlocksOfWhole(recording, 60)));
});

interface Variant {
  readonly name: string;
  /** Samples of a stored block, and its overlap in percent. */
  readonly stored: number;
  readonly overlap: number | null;
  readonly more?: string;
  /** Times of the blocks, numpy expression of `k` and the step `block`. */
  readonly times?: string;
}

/**
 * A version 2 file whose value is the number of its sample on the continuous axis of time, so that
 * what is cut wrongly shows. Blocks of 40 samples at 200 Hz; time is that of a block's middle.
 */
function writeVersion2(variant: Variant): string {
  const { stored, overlap, more = '', times = '1700000000.0 + k * block' } = variant;
  return writeFile(
    at(variant.name),
    `
kept, stored, blocks, channels = 40, ${stored}, 6, 4
before = (stored - kept) // 2
block = kept * 0.005
k = np.arange(blocks)
number = (k * kept)[:, None] + np.arange(stored)[None, :] - before
values = (number[:, :, None] * 10 + np.arange(channels)).astype('f4')
source = f.create_group('fa1-1/Source1')
source.attrs.update({'AmpliPower': [1.0], 'Hostname': 'fa1-1', 'WholeExtent': [0.0] * 6, 'SamplingRate': [200.0], 'Version': '2.3.1'})
source['time'] = ${times}
zone = source.create_group('Zone1')
zone.attrs.update({'Version': '2.3.1', 'Extent': [3.0, 6.0, 0.0, stored - 1.0, 0.0, 0.0], 'Spacing': [2.4, 5.0, 0.0],
  'Origin': [7.0, -500.0 * stored / 200, 0.0], 'GaugeLength': [4.8], 'SamplingRate': [200.0]})
${overlap === null ? '' : `zone.attrs['BlockOverlap'] = [${overlap}.0]`}
zone.attrs['BlockRate'] = [1000.0 / block]
zone['StrainRate'] = values
${more}`,
  );
}

describeWithPeers('Febus files beside the peers', () => {
  it('cuts even, odd and no overlap so that time runs on, as DASCore does', async () => {
    const variants: [string, Variant, number][] = [
      ['even', { name: 'even.h5', stored: 80, overlap: 100 }, 0],
      ['odd', { name: 'odd.h5', stored: 61, overlap: null }, 0],
      ['none', { name: 'none.h5', stored: 40, overlap: 0 }, 0],
    ];
    const paths = variants.map(([, variant]) => writeVersion2(variant));
    for (const path of paths) {
      await withOpen(febusA1Format, { path }, async (recording) => {
        expect(shapeOf(recording)).toEqual([240, 4]);
        expect(recording).toMatchObject({ version: '2', firstChannel: 3, gaugeLengthM: 4.8 });
        expect(recording.firstDistanceM).toBeCloseTo(3 * 2.4 + 7, 9);
        expect(recording.runs).toHaveLength(1);
        const values = await allValues(recording);
        expect(Array.from(values)).toEqual(
          Array.from({ length: 960 }, (_, i) => 10 * Math.floor(i / 4) + (i % 4)),
        );
        await expectBlocksOfWhole(recording);
      });
    }
    const [even, , none] = paths as [string, string, string];
    const peers = readByDascore([even, none]);
    for (const [i, path] of [even, none].entries()) {
      await withOpen(febusA1Format, { path }, (recording) =>
        expectPeer(recording, peers[i] as never),
      );
    }
  });

  it("places blocks as the maker's reader does: odd overlaps, jittered times, cut edges, one sample", async () => {
    // febus_optics_lib 1.2.3: kept = round(61 / 2) = 30 (half to even), 15 samples before them.
    const jitter = 'np.array([0, 1, -1, 1, 0, -1]) * 0.004 + 1.7e9 + k * 0.15';
    const plain = "del zone.attrs['BlockRate']; ";
    const path = writeVersion2({
      name: 'jitter.h5',
      stored: 61,
      overlap: null,
      times: jitter,
      more: plain,
    });
    await withOpen(febusA1Format, { path }, (recording) => {
      expect(recording.facts).toMatchObject({ samplesOfBlock: 61, samplesKept: 30 });
      const startS = 1.7e9 - (500 * 61) / 200 / 1000 + 15 * 0.005;
      expect(Number((recording.runs[0]?.startNs ?? 0n) - 1_700_000_000_000_000_000n)).toBeCloseTo(
        Math.round((startS - 1.7e9) * 1e9),
        -3,
      );
      expect(entriesOn(recording, 'overlap')).toMatchObject([{ severity: 'assumption', used: 30 }]);
    });
    // Its writer cuts 20 samples at either edge, says so in Extent and leaves Origin as it was.
    const cut = writeVersion2({
      name: 'cut.h5',
      stored: 40,
      overlap: 0,
      more: "zone.attrs['Extent'] = [3.0, 6.0, 20.0, 59.0, 0.0, 0.0]; zone.attrs['Origin'] = [7.0, -200.0, 0.0]",
    });
    await withOpen(febusA1Format, { path: cut }, (recording) => {
      expect(recording.facts).toMatchObject({ samplesKept: 40 });
      expect(recording.runs[0]?.startNs).toBe(1_699_999_999_900_000_000n);
      expect(entriesOn(recording, 'time')).toMatchObject([
        { severity: 'disagreement', found: { 'half a stored block, ms': -100 }, used: -100 },
      ]);
    });
    const single = writeVersion2({
      name: 'single.h5',
      stored: 1,
      overlap: 0,
      times: '1.7e9 + k * 0.5',
      more: `${plain}zone.attrs['Origin'] = [7.0, 0.0, 0.0]`,
    });
    await withOpen(febusA1Format, { path: single }, (recording) => {
      expect(recording.runs).toMatchObject([{ sampleCount: 6, rateHz: 2 }]);
      expect(recording.runs[0]?.startNs).toBe(1_700_000_000_000_000_000n);
    });
  });

  it('says that strain starts anew in each block', async () => {
    const more = "zone.move('StrainRate', 'Strain')";
    const path = writeVersion2({ name: 'strain.h5', stored: 80, overlap: 100, more });
    await withOpen(febusA1Format, { path }, (recording) => {
      expect(recording.conversion).toMatchObject({ difference: true, factor: 1e-3 * 200 });
      expect(entriesOn(recording, 'units').map(({ why }) => why)).toContainEqual(
        expect.stringMatching(/starts anew in every block/),
      );
    });
  });

  it('is what xdas reads', async () => {
    const even = writeVersion2({ name: 'xdas.h5', stored: 80, overlap: 100 });
    const [xdas] = readByXdas('febus', [even]);
    await withOpen(febusA1Format, { path: even }, (recording) =>
      expectPeer(recording, xdas as never),
    );
  });

  it('starts a run after a gap between blocks and holds the overlap against their times', async () => {
    const path = writeVersion2({
      name: 'gap.h5',
      stored: 60,
      overlap: 100,
      times: '(1700000000.0 + k * block + (k >= 4) * 3.0)[None, :]',
    });
    await withOpen(febusA1Format, { path }, (recording) => {
      expect(recording.runs.map((run) => [run.firstIndex, run.sampleCount])).toEqual([
        [0, 160],
        [160, 80],
      ]);
      const [first, second] = recording.runs;
      const apart = Number((second?.startNs ?? 0n) - (first?.startNs ?? 0n)) / 1e9;
      expect(apart).toBeCloseTo(4 * 0.2 + 3, 6);
      expect(entriesOn(recording, 'gap')).toHaveLength(1);
      // 100 % would leave 30 samples of 60, the interval of the blocks holds 40.
      expect(entriesOn(recording, 'overlap')).toMatchObject([
        { severity: 'disagreement', used: 40 },
      ]);
    });
  });

  it('reads the zone that is asked for', async () => {
    const path = writeVersion2({
      name: 'zones.h5',
      stored: 40,
      overlap: 0,
      more: "f.copy(zone, source, 'Zone2'); source['Zone2'].attrs['Spacing'] = [4.8, 5.0, 0.0]",
    });
    await withOpen(febusA1Format, { path }, (recording) => {
      expect(recording.spacingM).toBe(2.4);
      expect(entriesOn(recording, 'selection')).toHaveLength(1);
    });
    await withOpen(febusA1Format, { path, options: { rawIndex: 1 } }, (recording) => {
      expect(recording.spacingM).toBe(4.8);
    });
    await expect(
      withOpen(febusA1Format, { path, options: { rawIndex: 2 } }, () => 0),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
  });

  it('refuses spectra as waveforms', async () => {
    const path = writeVersion2({
      name: 'psd.h5',
      stored: 40,
      overlap: 0,
      more: "zone.move('StrainRate', 'PSD [0-100Hz]')",
    });
    expect(await probeOf(febusA1Format, path)).toBe(1);
    await expect(withOpen(febusA1Format, { path }, () => 0)).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/PSD \[0-100Hz\].*no waveforms/) as string,
    });
  });

  const zone = '/fa1-1/Source1/Zone1';
  it.each([
    ['no times', "del source['time']", '/fa1-1/Source1/time'],
    ['too few times', "del source['time']; source['time'] = 1.7e9 + k[:3]", '/fa1-1/Source1/time'],
    ['times that fall', "source['time'][3] = 1.6e9", '/fa1-1/Source1/time[3]'],
    ['no spacing', "del zone.attrs['Spacing'], zone.attrs['SamplingRate']", `${zone}@Spacing`],
    ['no step', "zone.attrs['Spacing'] = [0.0, 5.0, 0.0]", `${zone}@Spacing[0]`],
    [
      'two axes',
      "del zone['StrainRate']; zone['StrainRate'] = np.zeros((6, 40))",
      `${zone}/StrainRate`,
    ],
    ['no dataset', "del zone['StrainRate']", zone],
  ])('refuses a file with %s by its place', async (_, more, place) => {
    const path = writeVersion2({ name: 'broken.h5', stored: 40, overlap: 0, more });
    await expect(withOpen(febusA1Format, { path }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: path,
      at: place,
    });
  });

  it('opens a hostile shape without reading it, and says so when the blocks have no times', async () => {
    const path = writeVersion2({
      name: 'hostile.h5',
      stored: 40,
      overlap: 0,
      more: "del zone['StrainRate']; zone.create_dataset('StrainRate', shape=(10**9, 40, 4), dtype='f4', chunks=(1, 40, 4))",
    });
    await expect(withOpen(febusA1Format, { path }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: path,
    });
  });

  describeWithSamples('damaged sample', [SAMPLE], () => {
    it('names the missing attribute of the zone', async () => {
      const path = changedCopy(
        samplePath(SAMPLE),
        at('attributes.h5'),
        "z = f['fa1-20050027/Source1/Zone1']\ndel z.attrs['Origin'], z.attrs['Extent']",
      );
      await withOpen(febusA1Format, { path }, (recording) => {
        expect(recording.firstDistanceM).toBe(0);
        expect(entriesOn(recording, 'first-distance')).toMatchObject([{ severity: 'assumption' }]);
      });
    });
  });
});
