import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dasConnector } from '../../../connectors/das/das-format.js';
import { miniseedFormat } from '../../../connectors/das/formats/miniseed.js';
import { writeMiniseed } from '../../../connectors/das/write/write-miniseed.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { peersOf } from '../../support/peers.js';
import { expectBlocksOfWhole, firstDifference, readWhole, statistics } from './binary-support.js';
import { PLACE, readSegments, temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const HSF = 'das/geofon_3U_HSF_head.mseed';
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const START = isoToNs('2024-05-06T07:08:09.123456Z');

/** Byte of the record length in blockette 1000 of the first record. */
function lengthAt(bytes: Buffer): number {
  let place = bytes.readUInt16BE(46);
  while (bytes.readUInt16BE(place) !== 1000) place = bytes.readUInt16BE(place + 2);
  return place + 6;
}

describeWithSamples('GEOFON fibre channel', [HSF], () => {
  const file = samplePath(HSF);

  it('is what obspy reads', async () => {
    expect(await miniseedFormat.probe(await openSourceFile({ path: file }))).toBe(0.9);
    const { recording, values } = await readWhole(miniseedFormat, file);
    expect(recording).toMatchObject({
      version: '2',
      layout: { timeCount: 214_084, channelCount: 1, type: 'int32' },
      runs: [
        {
          firstIndex: 0,
          sampleCount: 214_084,
          startNs: isoToNs('2023-02-01T00:21:59.38199Z'),
          rateHz: 100,
        },
      ],
      facts: { encodings: ['Steim 2'], firstId: '3U.A0905..HSF', records: 512 },
    });
    const { mean, std } = statistics(values);
    expect(mean).toBeCloseTo(-0.8444162104594458, 9);
    expect(std).toBeCloseTo(67.67593337778428, 9);
    expect(values.slice(0, 5)).toEqual([13, -4, -47, -50, 18]);
    expect(values.slice(-5)).toEqual([35, 106, 72, 62, -27]);
    await expectBlocksOfWhole(miniseedFormat, file, 25);
  });

  it('is refused as waveforms of a fibre until somebody says where its channel lies', async () => {
    const connector = dasConnector(miniseedFormat);
    const source = await openSourceFile({ path: file });
    const read = (options: object) =>
      connector.read({ file: source, window: null, options: { ...PLACE, ...options } });
    await expect(read({})).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      remedy: expect.stringMatching(/geometryFile/) as string,
    });
    writeFileSync(at('wrong.csv'), 'channel,distance_m\n3U.B0001..HSF,12\n');
    await expect(read({ geometryFile: at('wrong.csv') })).rejects.toMatchObject({
      source: at('wrong.csv'),
      message: expect.stringMatching(/3U\.A0905\.\.HSF/) as string,
    });
    writeFileSync(at('right.csv'), '# cable\nstation,distance_m,gauge_length_m\nA0905,812.5,10\n');
    const [segment] = await readSegments(connector, {
      path: file,
      options: { geometryFile: at('right.csv') },
    });
    expect(segment).toMatchObject({ distanceM: 812.5, units: 'counts' });
    expect(segment?.samples).toHaveLength(214_084);
  });

  it.each([
    ['cut in a record', (b: Buffer) => b.subarray(0, 512 * 3 + 100), /record at byte 1536/],
    ['cut in a header', (b: Buffer) => b.subarray(0, 512 * 3 + 20), /record at byte 1536/],
    ['another magic', (b: Buffer) => b.fill('x', 512, 520), /record at byte 512/],
    [
      '2^24 bytes a record',
      (b: Buffer) => b.fill(24, lengthAt(b), lengthAt(b) + 1),
      /ends at byte 16777216/,
    ],
    [
      '2^200 bytes a record',
      (b: Buffer) => b.fill(200, lengthAt(b), lengthAt(b) + 1),
      /blockette 1000/,
    ],
    ['month of chaos', (b: Buffer) => b.fill(99, 24, 27), /start time/],
  ])('%s is an error that names the record', async (_, change, message) => {
    writeFileSync(at('bad.mseed'), change(readFileSync(file)));
    await expect(readWhole(miniseedFormat, at('bad.mseed'))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: at('bad.mseed'),
      message: expect.stringMatching(message) as string,
    });
  });

  it('notices a flipped bit in the samples', async () => {
    const bytes = readFileSync(file);
    bytes[512 * 7 + 200] = (bytes[512 * 7 + 200] as number) ^ 8;
    writeFileSync(at('flip.mseed'), bytes);
    await expect(readWhole(miniseedFormat, at('flip.mseed'))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: 'record at byte 3584',
    });
  });
});

describeWithPeers('against obspy', () => {
  it.each([
    ['STEIM1', 'i4', '>'],
    ['STEIM2', 'i4', '>'],
    ['INT16', 'i2', '>'],
    ['INT32', 'i4', '>'],
    ['FLOAT32', 'f4', '>'],
    ['FLOAT64', 'f8', '>'],
    ['INT32', 'i4', '<'],
    ['FLOAT64', 'f8', '<'],
    ['STEIM2', 'i4', '<'],
  ])(
    '%s (%s, byte order %s): channels, gaps and samples are what it reads',
    async (code, dtype, order) => {
      const name = at(`obspy-${code}-${order === '<' ? 'l' : 'b'}.mseed`);
      const expected = runPeer<number[]>(
        `
import json, sys, numpy as np
from obspy import Stream, Trace, UTCDateTime, read
rng = np.random.default_rng(8)
st = Stream()
for station in ('00009', '00010', '00100'):
    for start, n in ((0, 1500), (40, 700)):
        x = np.cumsum(rng.normal(size=n) * 10 ** rng.uniform(0, 3, size=n))
        tr = Trace(np.clip(x, -32000, 32000).astype('${dtype}'))
        tr.stats.update({'network': 'XX', 'station': station, 'channel': 'HSF', 'sampling_rate': 100.0})
        tr.stats.starttime = UTCDateTime('2024-05-06T07:08:09.123456') + start
        st.append(tr)
st.write(sys.argv[1], format='MSEED', encoding='${code}', byteorder='${order}', reclen=512)
back = read(sys.argv[1]).sort()
assert len(back) == 6
print(json.dumps(np.concatenate([tr.data for tr in back]).astype('f8').tolist()))
`,
        [name],
      );
      const { recording, values } = await readWhole(miniseedFormat, name, { spacingM: 2 });
      expect(recording.runs).toEqual([
        { firstIndex: 0, sampleCount: 1500, startNs: START, rateHz: 100 },
        { firstIndex: 1500, sampleCount: 700, startNs: START + 40_000_000_000n, rateHz: 100 },
      ]);
      expect(recording.layout).toMatchObject({ channelCount: 3, timeCount: 2200, timeAxis: 1 });
      expect(firstDifference(values, expected)).toBe(-1);
      await expectBlocksOfWhole(miniseedFormat, name, 20);
    },
  );

  it('samples that one channel lacks are NaN; an overlap is reported and the later record wins', async () => {
    runPeer(
      `
import sys, numpy as np
from obspy import Stream, Trace, UTCDateTime
def tr(station, start, data):
    t = Trace(np.asarray(data, dtype='i4'))
    t.stats.update({'network': 'XX', 'station': station, 'channel': 'HSF', 'sampling_rate': 10.0, 'starttime': UTCDateTime(2024, 1, 1) + start})
    return t
Stream([tr('A', 0, range(50)), tr('B', 1, range(100, 130)), tr('A', 4, range(1000, 1020))]).write(sys.argv[1], format='MSEED', reclen=512)
print('true')
`,
      [at('ragged.mseed')],
    );
    const { recording, values } = await readWhole(miniseedFormat, at('ragged.mseed'));
    expect(recording.layout).toMatchObject({ channelCount: 2, timeCount: 60, type: 'float64' });
    const nan = (count: number): number[] => new Array<number>(count).fill(Number.NaN);
    const count = (from: number, n: number): number[] =>
      Array.from({ length: n }, (_, i) => from + i);
    expect(values).toEqual([
      ...count(0, 40),
      ...count(1000, 20),
      ...nan(10),
      ...count(100, 30),
      ...nan(20),
    ]);
    expect(recording.audit.map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(['overlap', 'gap']),
    );
    await expectBlocksOfWhole(miniseedFormat, at('ragged.mseed'), 20);
  });

  it('takes the rate of the start times where it drifts, and the most frequent rate of a mix', async () => {
    runPeer(
      `
import sys, numpy as np
from obspy import Stream, Trace, UTCDateTime
st = Stream()
for station, rate, true in (('A', 100.0, 100.001), ('B', 100.0, 100.001), ('C', 50.0, 50.0)):
    for k in range(200):
        t = Trace(np.full(1000, k, dtype='i4'))
        t.stats.update({'station': station, 'channel': 'HSF', 'sampling_rate': rate, 'starttime': UTCDateTime(2024, 1, 1) + k * 1000 / true})
        st.append(t)
st.write(sys.argv[1], format='MSEED', reclen=4096)
print('true')
`,
      [at('drift.mseed')],
    );
    const { recording } = await readWhole(miniseedFormat, at('drift.mseed'));
    expect(recording.runs).toHaveLength(1);
    expect(recording.runs[0]?.rateHz).toBeCloseTo(100.001, 6);
    expect(recording.layout).toMatchObject({ channelCount: 2, timeCount: 200_000 });
    expect(recording.audit.map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(['sampling-interval', 'selection']),
    );
  });

  it.each([
    ['int16', undefined],
    ['int32', undefined],
    ['int32', 'steim1'],
    ['int32', 'int32'],
    ['int16', 'int16'],
    ['float32', undefined],
    ['float64', undefined],
  ] as const)('reads back what is written here: %s as %s', async (type, encoding) => {
    const arrays = {
      int16: Int16Array,
      int32: Int32Array,
      float32: Float32Array,
      float64: Float64Array,
    };
    const values = Float64Array.from({ length: 5 * 900 }, (_, i) => Math.sin(i * i) * 30_000);
    const samples = new arrays[type](values);
    const recording = memoryRecording({
      samples,
      type,
      channelCount: 5,
      runs: [
        { firstIndex: 0, sampleCount: 400, startNs: START, rateHz: 250 },
        { firstIndex: 400, sampleCount: 500, startNs: START + 10_000_000_000n, rateHz: 250 },
      ],
      firstChannel: 98,
      firstDistanceM: 0,
      spacingM: 1,
    });
    const file = at(`written-${type}-${encoding}.mseed`);
    await writeMiniseed({ path: file, recording, recordBytes: 512, ...(encoding && { encoding }) });
    const peer = runPeer<{ ids: string[]; starts: string[]; rates: number[]; data: number[][] }>(
      `
import json, sys
from obspy import read
st = read(sys.argv[1]).sort()
print(json.dumps({'ids': [t.id for t in st], 'starts': [str(t.stats.starttime) for t in st], 'rates': [t.stats.sampling_rate for t in st],
  'data': [t.data.astype('f8').tolist() for t in st]}))
`,
      [file],
    );
    expect(peer.ids).toEqual(
      ['00098', '00099', '00100', '00101', '00102'].flatMap((s) => [
        `XX.${s}..CSF`,
        `XX.${s}..CSF`,
      ]),
    );
    expect(new Set(peer.starts)).toEqual(
      new Set(['2024-05-06T07:08:09.123456Z', '2024-05-06T07:08:19.123456Z']),
    );
    expect(new Set(peer.rates)).toEqual(new Set([250]));
    const channel = (c: number, from: number, to: number): number[] =>
      Array.from({ length: to - from }, (_, t) => samples[(from + t) * 5 + c] as number);
    expect(peer.data).toEqual(
      [0, 1, 2, 3, 4].flatMap((c) => [channel(c, 0, 400), channel(c, 400, 900)]),
    );
    const own = await readWhole(miniseedFormat, file);
    expect(own.values).toEqual([0, 1, 2, 3, 4].flatMap((c) => channel(c, 0, 900)));
    expect(own.recording.runs).toEqual(recording.runs);
  });
});

describe('MiniSEED written here', () => {
  it('any rate and start come back to the microsecond and to six digits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.001, max: 50_000, noNaN: true }),
        fc.bigInt({ min: -2_000_000_000_000_000n, max: 4_000_000_000_000_000n }),
        async (rateHz, startUs) => {
          const startNs = startUs * 1000n;
          const recording = memoryRecording({
            samples: Int32Array.of(1, -5, 7),
            type: 'int32',
            channelCount: 1,
            runs: [{ firstIndex: 0, sampleCount: 3, startNs, rateHz }],
            firstDistanceM: 0,
            spacingM: 1,
          });
          await writeMiniseed({ path: at('any.mseed'), recording, recordBytes: 256 });
          const back = await readWhole(miniseedFormat, at('any.mseed'));
          expect(back.recording.runs[0]?.startNs).toBe(startNs);
          expect((back.recording.runs[0]?.rateHz ?? 0) / rateHz).toBeCloseTo(1, 6);
          expect(back.values).toEqual([1, -5, 7]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses what the encoding cannot hold', async () => {
    const recording = (samples: Int32Array | Float32Array, type: 'int32' | 'float32') =>
      memoryRecording({
        samples,
        type,
        channelCount: 1,
        runs: [{ firstIndex: 0, sampleCount: 2, startNs: START, rateHz: 1 }],
        firstDistanceM: 0,
        spacingM: 1,
      });
    const jump = recording(Int32Array.of(0, 2 ** 30), 'int32');
    await expect(
      writeMiniseed({ path: at('no.mseed'), recording: jump, encoding: 'steim2' }),
    ).rejects.toMatchObject({
      _tag: 'InvalidInput',
      message: expect.stringMatching(/30 bits/) as string,
    });
    const floats = recording(Float32Array.of(0.5, 1), 'float32');
    await expect(
      writeMiniseed({ path: at('no.mseed'), recording: floats, encoding: 'steim2' }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
  });

  it('takes another encoding where nobody asked for one: for jumps and unsigned 32-bit integers', async () => {
    const write = async (samples: Int32Array | Uint32Array, type: 'int32' | 'uint32') => {
      const recording = memoryRecording({
        samples,
        type,
        channelCount: 1,
        runs: [{ firstIndex: 0, sampleCount: samples.length, startNs: START, rateHz: 100 }],
        firstDistanceM: 0,
        spacingM: 1,
      });
      await writeMiniseed({ path: at('other.mseed'), recording, recordBytes: 256 });
      expect((await readWhole(miniseedFormat, at('other.mseed'))).values).toEqual(
        Array.from(samples),
      );
    };
    // Smooth, then a jump of 31 bits and back, then smooth again.
    const walk = Int32Array.from({ length: 900 }, (_, i) =>
      i > 400 && i < 420 ? 2 ** 30 * (-1) ** i : i % 7,
    );
    await write(walk, 'int32');
    await write(Uint32Array.of(0, 2 ** 32 - 1, 7), 'uint32');
  });

  it('version 3 records hold what version 2 records hold', async () => {
    const samples = Int32Array.from({ length: 700 }, (_, i) => Math.round(Math.sin(i / 9) * 4000));
    const recording = memoryRecording({
      samples,
      type: 'int32',
      channelCount: 1,
      runs: [{ firstIndex: 0, sampleCount: 700, startNs: START, rateHz: 40 }],
      firstDistanceM: 0,
      spacingM: 1,
    });
    await writeMiniseed({ path: at('v2.mseed'), recording, recordBytes: 512 });
    const second = readFileSync(at('v2.mseed'));
    const parts: Buffer[] = [];
    let done = 0;
    for (let place = 0; place < second.length; place += 512) {
      const count = second.readUInt16BE(place + 30);
      const id = Buffer.from('FDSN:XX_00000__H_S_F');
      const header = Buffer.alloc(40);
      header.write('MS\x03', 'latin1');
      const ns = START + BigInt(done) * 25_000_000n;
      const date = new Date(Number(ns / 1_000_000n));
      header.writeUInt32LE(Number(ns % 1_000_000_000n), 4);
      header.writeUInt16LE(2024, 8);
      header.writeUInt16LE(127, 10);
      header.set([date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), 11], 12);
      header.writeDoubleLE(40, 16);
      header.writeUInt32LE(count, 24);
      header.writeUInt8(id.length, 33);
      header.writeUInt32LE(512 - 128, 36);
      parts.push(header, id, second.subarray(place + 128, place + 512));
      done += count;
    }
    writeFileSync(at('v3.mseed'), Buffer.concat(parts));
    const back = await readWhole(miniseedFormat, at('v3.mseed'));
    expect(back.values).toEqual(Array.from(samples));
    expect(back.recording).toMatchObject({ version: '3', facts: { firstId: 'XX.00000..HSF' } });
    expect(back.recording.runs).toEqual(recording.runs);
  });
});
