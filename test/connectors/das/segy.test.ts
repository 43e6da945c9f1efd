import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { segyFormat } from '../../../connectors/das/formats/segy.js';
import { ibmFloats } from '../../../connectors/das/formats/segy-samples.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { peersOf } from '../../support/peers.js';
import { expectBlocksOfWhole, firstDifference, readWhole, statistics } from './binary-support.js';
import { temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const SEGY = 'das/small_channel_patch.sgy';
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);

describeWithSamples('SEG-Y sample', [SEGY], () => {
  const file = samplePath(SEGY);
  const changed = (change: (bytes: Buffer) => void): string => {
    const bytes = readFileSync(file);
    change(bytes);
    writeFileSync(at('changed.sgy'), bytes);
    return at('changed.sgy');
  };

  it('is what the ground truth says', async () => {
    expect(await segyFormat.probe(await openSourceFile({ path: file }))).toBeGreaterThan(0.5);
    const { recording, values } = await readWhole(segyFormat, file);
    expect(recording).toMatchObject({
      version: '2.1',
      layout: { timeCount: 20, channelCount: 10, timeAxis: 0, type: 'float32' },
      runs: [{ startNs: isoToNs('2017-09-18T00:00:00Z'), rateHz: 250, sampleCount: 20 }],
    });
    const { mean, std, min, max } = statistics(values);
    expect(mean).toBeCloseTo(0.5022990689054132, 12);
    expect(std).toBeCloseTo(0.28304520997321486, 12);
    expect([min, max]).toEqual([0.007670305669307709, 0.9896678328514099]);
    const first = [0.7777023911476135, 0.4968959093093872, 0.20681917667388916];
    expect(values.slice(0, 3)).toEqual(first);
    expect(recording.firstDistanceM).toBeNaN();
    expect(recording.audit).toContainEqual(
      expect.objectContaining({ topic: 'first-distance', severity: 'assumption' }),
    );
    await expectBlocksOfWhole(segyFormat, file);
  });

  it('takes distances from an option, a side-car, or group coordinates', async () => {
    const stated = await readWhole(segyFormat, file, { spacingM: 4, firstDistanceM: 100 });
    expect(stated.recording).toMatchObject({ firstDistanceM: 100, spacingM: 4, distancesM: null });
    const lines = Array.from({ length: 10 }, (_, i) => `${i},${50 + i * i},10`);
    writeFileSync(at('table.csv'), ['channel,distance_m,gauge_length_m', ...lines].join('\n'));
    const table = await readWhole(segyFormat, file, { geometryFile: at('table.csv') });
    expect(Array.from(table.recording.distancesM ?? [])).toEqual(lines.map((_, i) => 50 + i * i));
    writeFileSync(at('short.csv'), 'channel,distance_m\n0,1\n1,2\n');
    await expect(
      readWhole(segyFormat, file, { geometryFile: at('short.csv') }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/no distance of 8 of 10/) as string });
    const placed = changed((bytes) => {
      for (let i = 0; i < 10; i++) {
        const header = 3600 + i * 320;
        bytes.writeInt16BE(-100, header + 70);
        bytes.writeInt32BE(1_000_000 + i * 300, header + 80);
        bytes.writeInt32BE(2_000_000 - i * 400, header + 84);
      }
    });
    const { recording } = await readWhole(segyFormat, placed);
    expect(recording.spacingM).toBeCloseTo(5, 9);
  });

  it.each([
    ['cut in a trace', (b: Buffer) => b.fill(0, 0, 0), 6799, 'trace 9', 'CorruptSource'],
    [
      'cut in the header',
      (b: Buffer) => b.fill(0, 0, 0),
      3300,
      'binary file header',
      'CorruptSource',
    ],
    ['10^9 samples', (b: Buffer) => b.writeUInt32BE(1e9, 3268), 6800, undefined, undefined],
    ['format 4', (b: Buffer) => b.writeUInt16BE(4, 3224), 6800, undefined, 'UnsupportedSource'],
    ['format 99', (b: Buffer) => b.writeUInt16BE(99, 3224), 6800, 'byte 3225', 'CorruptSource'],
    [
      'day 400',
      (b: Buffer) => b.writeInt16BE(400, 3758),
      6800,
      'trace 0 bytes 157-166',
      'CorruptSource',
    ],
    [
      'no interval',
      (b: Buffer) => (b.writeUInt16BE(0, 3216), b.writeUInt16BE(0, 3716)),
      6800,
      'byte 3217',
      'CorruptSource',
    ],
    [
      '10^12 traces',
      (b: Buffer) => b.writeBigUInt64BE(10n ** 12n, 3514),
      6800,
      'trace 10',
      'CorruptSource',
    ],
  ])(
    '%s is an error that says where, or is put right by the traces',
    async (_, change, end, where, tag) => {
      const bytes = readFileSync(file);
      change(bytes);
      writeFileSync(at('bad.sgy'), bytes.subarray(0, end));
      const reading = readWhole(segyFormat, at('bad.sgy'));
      if (tag === undefined) {
        const { recording } = await reading;
        expect(recording.layout.timeCount).toBe(20);
        expect(recording.audit).toContainEqual(
          expect.objectContaining({ topic: 'shape', severity: 'disagreement', used: 20 }),
        );
      } else {
        const expected = where === undefined ? {} : { at: where };
        await expect(reading).rejects.toMatchObject({ _tag: tag, ...expected });
      }
    },
  );

  it('asks for the time where the headers hold none, and takes GPS time to UTC', async () => {
    const timeless = changed((bytes) => {
      for (let i = 0; i < 10; i++) bytes.fill(0, 3600 + i * 320 + 156, 3600 + i * 320 + 166);
    });
    await expect(readWhole(segyFormat, timeless)).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      remedy: expect.stringMatching(/startTime/) as string,
    });
    const stated = await readWhole(segyFormat, timeless, { startTime: '2020-01-02T03:04:05.5Z' });
    expect(stated.recording.runs[0]?.startNs).toBe(isoToNs('2020-01-02T03:04:05.5Z'));
    const gps = changed((bytes) => bytes.writeUInt16BE(5, 3200 + 312));
    const { recording } = await readWhole(segyFormat, gps);
    expect(recording.runs[0]?.startNs).toBe(isoToNs('2017-09-17T23:59:42Z'));
  });
});

describe('IBM floats', () => {
  it('are the values of the System/360 manual', () => {
    // 0xC276A000 = -118.625, 0x41100000 = 1, 0x00000000 = 0, 0x7FFFFFFF is beyond float32.
    const bytes = Buffer.from('c276a000411000000000000040800000' + '7fffffff', 'hex');
    expect(Array.from(ibmFloats(bytes, false))).toEqual([-118.625, 1, 0, 0.5, Infinity]);
  });
});

describeWithPeers('against obspy, segyio and dascore', () => {
  it.each(
    [1, 2, 3, 5].flatMap((code) => (['>', '<'] as const).map((order) => [code, order] as const)),
  )('format %i in byte order %s is what obspy reads', async (code, order) => {
    const name = at(`obspy-${code}-${order === '>' ? 'big' : 'little'}.sgy`);
    const expected = runPeer<number[][]>(
      `
import json, sys, numpy as np
from obspy import Stream, Trace, UTCDateTime
from obspy.core import AttribDict
from obspy.io.segy.segy import SEGYTraceHeader
from obspy.io.segy.core import _read_segy
rng = np.random.default_rng(5)
dtype = {1: 'f4', 2: 'i4', 3: 'i2', 5: 'f4'}[${code}]
st = Stream()
for c in range(6):
    tr = Trace((rng.normal(size=33) * 900).astype(dtype))
    tr.stats.delta = 0.002
    tr.stats.starttime = UTCDateTime(2021, 2, 3, 4, 5, 6)
    st.append(tr)
st.write(sys.argv[1], format='SEGY', data_encoding=${code}, byteorder='${order}')
back = _read_segy(sys.argv[1], unpack_trace_headers=True)
assert back[0].stats.starttime == UTCDateTime(2021, 2, 3, 4, 5, 6)
print(json.dumps(np.stack([tr.data for tr in back], axis=1).astype('f8').tolist()))
`,
      [name],
    );
    const { recording, values } = await readWhole(segyFormat, name);
    expect(recording).toMatchObject({
      layout: { timeCount: 33, channelCount: 6 },
      runs: [{ startNs: isoToNs('2021-02-03T04:05:06Z'), rateHz: 500 }],
      facts: { byteOrder: order === '>' ? 'big-endian' : 'little-endian' },
    });
    expect(firstDifference(values, expected.flat())).toBe(-1);
    await expectBlocksOfWhole(segyFormat, name, 20);
  });

  it.each([
    [1, 'f4'],
    [2, 'i4'],
    [3, 'i2'],
    [5, 'f4'],
    [6, 'f8'],
    [8, 'i1'],
    [10, 'u4'],
    [11, 'u2'],
    [16, 'u1'],
  ])(
    'format %i (%s), written by segyio with text headers, is what it reads',
    async (code, dtype) => {
      const name = at(`segyio-${code}.sgy`);
      const expected = runPeer<number[][]>(
        `
import json, sys, numpy as np, segyio
rng = np.random.default_rng(6)
spec = segyio.spec(); spec.format = ${code}; spec.samples = np.arange(29); spec.tracecount = 5; spec.ext_headers = 2
data = (rng.normal(size=(5, 29)) * 30 + 60).astype('${dtype}')
with segyio.create(sys.argv[1], spec) as f:
    f.bin.update({segyio.BinField.Interval: 4000, segyio.BinField.SEGYRevision: 1})
    for i in range(5):
        f.header[i] = {segyio.TraceField.YearDataRecorded: 2022, segyio.TraceField.DayOfYear: 60, segyio.TraceField.HourOfDay: 1,
          segyio.TraceField.TRACE_SAMPLE_COUNT: 29, segyio.TraceField.TRACE_SAMPLE_INTERVAL: 4000, segyio.TraceField.DelayRecordingTime: 250}
        f.trace[i] = data[i]
with segyio.open(sys.argv[1], ignore_geometry=True) as f:
    print(json.dumps(f.trace.raw[:].T.astype('f8').tolist()))
`,
        [name],
      );
      const { recording, values } = await readWhole(segyFormat, name);
      expect(recording.runs).toEqual([
        {
          firstIndex: 0,
          sampleCount: 29,
          startNs: isoToNs('2022-03-01T01:00:00.25Z'),
          rateHz: 250,
        },
      ]);
      expect(firstDifference(values, expected.flat())).toBe(-1);
    },
  );

  it('a file that dascore writes is the patch', async () => {
    const expected = runPeer<number[][]>(
      `
import json, sys, numpy as np, dascore as dc
t = np.datetime64('2023-05-06T07:08:09') + np.arange(40) * np.timedelta64(10, 'ms')
p = dc.Patch(data=np.random.default_rng(1).random((40, 8)).astype('f4'), coords={'time': t, 'channel': np.arange(8)}, dims=('time', 'channel'))
p.io.write(sys.argv[1], 'segy', file_version='1.0')
print(json.dumps(dc.read(sys.argv[1])[0].data.astype('f8').tolist()))
`,
      [at('dascore.sgy')],
    );
    const { recording, values } = await readWhole(segyFormat, at('dascore.sgy'));
    expect(firstDifference(values, expected.flat())).toBe(-1);
    expect(recording.runs[0]).toMatchObject({
      startNs: isoToNs('2023-05-06T07:08:09Z'),
      rateHz: 100,
    });
  });

  it('24-bit and 64-bit integers in both byte orders are what their bytes say', async () => {
    const sample = readFileSync(samplePath(SEGY));
    for (const little of [false, true]) {
      for (const [code, size] of [
        [7, 3],
        [15, 3],
        [9, 8],
        [12, 8],
      ] as const) {
        const bytes = Buffer.alloc(3600 + 240 + 4 * size);
        sample.copy(bytes, 0, 0, 3200);
        const u16 = (value: number, place: number): unknown =>
          little ? bytes.writeUInt16LE(value, place) : bytes.writeUInt16BE(value, place);
        for (const [value, place] of [
          [1000, 3216],
          [4, 3220],
          [code, 3224],
          [2020, 3756],
          [5, 3758],
        ] as const) {
          u16(value, place);
        }
        [0, 1, -2, 100_000].forEach((value, i) => {
          const field = BigInt.asUintN(size * 8, BigInt(value));
          for (let k = 0; k < size; k++) {
            const byte = Number((field >> BigInt(8 * k)) & 255n);
            bytes[3840 + i * size + (little ? k : size - 1 - k)] = byte;
          }
        });
        writeFileSync(at('int.sgy'), bytes);
        const wrapped = code === 15 ? 2 ** 24 - 2 : code === 12 ? 2 ** 64 - 2 : -2;
        const { values } = await readWhole(segyFormat, at('int.sgy'));
        expect(values).toEqual([0, 1, wrapped, 100_000]);
      }
    }
  });
});
