import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { prodmlFormat } from '../../../connectors/das/formats/prodml.js';
import { tdmsFormat } from '../../../connectors/das/formats/tdms.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { peersOf } from '../../support/peers.js';
import {
  expectBlocksOfWhole,
  firstDifference,
  readWhole,
  statistics,
  withFile,
} from './binary-support.js';
import { temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const TDMS = 'das/iDAS005_tdms_example.626.tdms';
const PRODML = 'das/iDAS005_hdf5_example.626.h5';
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);

describeWithSamples('Silixa iDAS sample', [TDMS, PRODML], () => {
  const file = samplePath(TDMS);

  it('is what the ground truth says', async () => {
    expect(await tdmsFormat.probe(await openSourceFile({ path: file }))).toBe(1);
    const { recording, values } = await readWhole(tdmsFormat, file);
    expect(recording).toMatchObject({
      version: '4713',
      layout: { timeCount: 1000, channelCount: 1152, timeAxis: 0, type: 'int16' },
      runs: [{ startNs: isoToNs('2019-05-31T08:38:50.626928Z'), rateHz: 1000, sampleCount: 1000 }],
      gaugeLengthM: 10,
      firstChannel: -118,
    });
    // Neither StartPosition (dascore, 287 m away) nor a step of 1 m (DASPy).
    expect(recording.firstDistanceM).toBeCloseTo(-120.02095199999974, 9);
    expect(recording.spacingM).toBe(1.0209523838714072);
    const { mean, std, min, max } = statistics(values);
    expect(mean).toBeCloseTo(12.320052951388888, 9);
    expect(std).toBeCloseTo(793.0473258464807, 6);
    expect([min, max]).toEqual([-19358, 24060]);
    expect(values.slice(0, 5)).toEqual([-7252, -7406, -7907, -7062, -2845]);
    expect(values.slice(-5)).toEqual([-590, -687, -519, -555, -687]);
  });

  it('reports what its header contradicts, with the values', async () => {
    const audit = await withFile(tdmsFormat, file, (recording) => Promise.resolve(recording.audit));
    expect(audit).toContainEqual(
      expect.objectContaining({
        topic: 'first-distance',
        severity: 'disagreement',
        found: {
          'Start Distance (m)': -120.02095199999974,
          'Zero Offset (m)': -120.02095199999974,
          'StartPosition[m]': 166.93784566535052,
        },
        used: -120.02095199999974,
      }),
    );
    expect(audit).toContainEqual(
      expect.objectContaining({
        topic: 'channel-spacing',
        found: { 'SpatialResolution[m]': 1, 'Fibre Length Multiplier': 1.0209523838714072 },
        used: 1.0209523838714072,
      }),
    );
    expect(audit.map(({ topic }) => topic)).toEqual(expect.arrayContaining(['time', 'clock-lock']));
  });

  it('holds the samples, the time and the unit of the PRODML file of the same recording', async () => {
    const tdms = await readWhole(tdmsFormat, file);
    const prodml = await readWhole(prodmlFormat, samplePath(PRODML));
    expect(firstDifference(tdms.values, prodml.values)).toBe(-1);
    expect(tdms.recording.runs).toEqual(prodml.recording.runs);
    expect(tdms.recording.conversion.factor).toBeCloseTo(prodml.recording.conversion.factor, 12);
    expect(tdms.recording.firstChannel).toBe(prodml.recording.firstChannel);
    expect(tdms.recording.firstDistanceM - prodml.recording.firstDistanceM).toBeCloseTo(0.4514, 3);
  });

  it('reads random blocks as parts of the whole', () => expectBlocksOfWhole(tdmsFormat, file, 40));

  it.each([
    [100, 'segment 0 lead-in next segment offset'],
    [2_000_000, 'segment 0 lead-in next segment offset'],
    [20, 'segment 0 lead-in'],
  ])('cut at byte %i is an error that says where', async (end, where) => {
    writeFileSync(at('cut.tdms'), readFileSync(file).subarray(0, end));
    await expect(readWhole(tdmsFormat, at('cut.tdms'))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: at('cut.tdms'),
      at: where,
    });
  });
});

/** Root properties of an interrogator, for npTDMS. */
const PROPERTIES = `{'SamplingFrequency[Hz]': 500.0, 'SpatialResolution[m]': 2.0, 'Fibre Length Multiplier': 1.5,
  'Start Distance (m)': 30.0, 'GaugeLength': 10.0, 'MeasureLength[m]': 12.0, 'GPSTimeStamp': np.datetime64('2020-03-04T05:06:07.123456')}`;

describeWithPeers('against npTDMS', () => {
  it.each(['int16', 'int32', 'float32', 'float64', 'uint8', 'int64'])(
    '%s channels in chunks, over two segments, are what it reads',
    async (type) => {
      const expected = runPeer<number[][]>(
        `
import json, sys, numpy as np
from nptdms import TdmsWriter, TdmsFile, RootObject, ChannelObject
rng = np.random.default_rng(3)
with TdmsWriter(sys.argv[1]) as w:
    for n in (37, 11):
        data = (rng.normal(size=(6, n)) * 50 + 60).astype('${type}')
        w.write_segment([RootObject(properties=${PROPERTIES})] + [ChannelObject('Measurement', str(c), data[c]) for c in range(6)])
f = TdmsFile.read(sys.argv[1])
print(json.dumps(np.stack([c[:] for c in f['Measurement'].channels()], axis=1).astype('f8').tolist()))
`,
        [at(`${type}.tdms`)],
      );
      const { recording, values } = await readWhole(tdmsFormat, at(`${type}.tdms`));
      expect(recording).toMatchObject({
        layout: { timeCount: 48, channelCount: 6, type },
        runs: [{ startNs: isoToNs('2020-03-04T05:06:07.123456Z'), rateHz: 500, sampleCount: 48 }],
        firstDistanceM: 30,
        spacingM: 3,
      });
      expect(values).toEqual(expected.flat());
      await expectBlocksOfWhole(tdmsFormat, at(`${type}.tdms`), 30);
    },
  );

  it('refuses channels of different lengths, and a file that is not of an interrogator', async () => {
    const write = (code: string): void => {
      runPeer(
        `
import json, sys, numpy as np
from nptdms import TdmsWriter, RootObject, ChannelObject
with TdmsWriter(sys.argv[1]) as w:
    ${code}
print('true')
`,
        [at('other.tdms')],
      );
    };
    write(
      `w.write_segment([RootObject(properties=${PROPERTIES}), ChannelObject('g', 'a', np.zeros(4)), ChannelObject('g', 'b', np.zeros(5))])`,
    );
    await expect(readWhole(tdmsFormat, at('other.tdms'))).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/\/'g'\/'b' has 5 float64 a chunk/) as string,
    });
    write(`w.write_segment([ChannelObject('g', 'a', np.zeros(4))])`);
    await expect(readWhole(tdmsFormat, at('other.tdms'))).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/'SamplingFrequency\[Hz\]'/) as string,
    });
  });
});
