import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sintelaFormat } from '../../../connectors/das/formats/sintela.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { peersOf } from '../../support/peers.js';
import { expectBlocksOfWhole, readWhole, withFile } from './binary-support.js';
import { SINTELA, sintelaBytes, type SintelaFile } from './sintela-file.js';
import { temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);

function write(name: string, changes: Partial<SintelaFile> = {}): string {
  writeFileSync(at(name), sintelaBytes({ ...SINTELA, ...changes }));
  return at(name);
}

describe('Sintela binary version 3', () => {
  it('is read as it was built', async () => {
    const file = write('plain.raw');
    expect(await sintelaFormat.probe(await openSourceFile({ path: file }))).toBe(1);
    const { recording, values } = await readWhole(sintelaFormat, file);
    expect(recording).toMatchObject({
      layout: { timeCount: 100, channelCount: 7, timeAxis: 0, type: 'float32' },
      runs: [{ firstIndex: 0, sampleCount: 100, startNs: SINTELA.startNs, rateHz: 100 }],
      firstChannel: 40,
      firstDistanceM: 60,
      spacingM: 3,
      gaugeLengthM: 10,
      storedUnit: 'microstrain/s',
      conversion: { component: 'strain-rate', units: 'microstrain/s', factor: 1 },
    });
    expect(values).toEqual(
      Array.from({ length: 700 }, (_, i) => SINTELA.value(Math.floor(i / 7), i % 7)),
    );
    await expectBlocksOfWhole(sintelaFormat, file);
  });

  it('turns phase rate into strain rate, and names the refractive index that no field holds', async () => {
    const file = write('phase.raw', { dataType: 2 });
    const bare = await withFile(sintelaFormat, file, (recording) => Promise.resolve(recording));
    expect(bare).toMatchObject({ storedUnit: 'rad/s', conversion: { units: 'counts' } });
    expect(bare.conversion.audit[0]?.why).toMatch(/refractive index \(option 'refractiveIndex'\)/);
    const stated = await sintelaFormat.withRecording(
      { file: await openSourceFile({ path: file }), options: { refractiveIndex: 1.469 } },
      (recording) => Promise.resolve(recording),
    );
    const strain = 1550e-9 / (4 * Math.PI * 1.469 * 0.78 * 10);
    expect(stated.conversion.factor / (strain * 1e6)).toBeCloseTo(1, 12);
  });

  it('makes a run after each gap, reports an overlap, and takes a drifting rate from the packets', async () => {
    const regular = (p: number): bigint => SINTELA.startNs + BigInt(p) * 250_000_000n;
    const late = write('gap.raw', { startOf: (p) => regular(p) + (p > 1 ? 90_000_000n : 0n) });
    const gap = await withFile(sintelaFormat, late, (recording) => Promise.resolve(recording));
    expect(gap.runs).toEqual([
      { firstIndex: 0, sampleCount: 50, startNs: regular(0), rateHz: 100 },
      { firstIndex: 50, sampleCount: 50, startNs: regular(2) + 90_000_000n, rateHz: 100 },
    ]);
    expect(gap.audit).toContainEqual(expect.objectContaining({ topic: 'gap', severity: 'note' }));
    const early = write('overlap.raw', { startOf: (p) => regular(p) - (p > 2 ? 50_000_000n : 0n) });
    const overlap = await withFile(sintelaFormat, early, (recording) => Promise.resolve(recording));
    expect(overlap.audit).toContainEqual(
      expect.objectContaining({ topic: 'overlap', severity: 'disagreement' }),
    );
    const slow = write('slow.raw', { startOf: (p) => regular(p) + BigInt(p) * 3_000_000n });
    const drift = await withFile(sintelaFormat, slow, (recording) => Promise.resolve(recording));
    expect(drift.runs).toHaveLength(1);
    expect(drift.runs[0]?.rateHz).toBeCloseTo(75 / 0.759, 9);
    expect(drift.audit).toContainEqual(
      expect.objectContaining({ topic: 'sampling-interval', severity: 'disagreement' }),
    );
  });

  it('reads beyond 4 GiB by offset', async () => {
    // Sparse: 110 packets of 10,000 samples of 1,000 channels, of which only headers are written.
    const [samples, channels, packets] = [10_000, 1000, 110];
    const packetBytes = 96 + samples * channels * 4;
    const one = sintelaBytes({ ...SINTELA, packets: 1, samples: 1, channels: 1 });
    const handle = openSync(at('large.raw'), 'w');
    for (let p = 0; p < packets; p++) {
      const header = Buffer.from(one.subarray(0, 96));
      header.writeUInt32LE(channels, 28);
      header.writeUInt32LE(samples, 32);
      header.writeBigUInt64LE(BigInt(p * samples), 12);
      header.writeBigUInt64LE(SINTELA.startNs + BigInt(p) * 100_000_000_000n, 20);
      writeSync(handle, header, 0, 96, p * packetBytes);
    }
    const place = (packets - 1) * packetBytes + 96 + (7 * channels + 500) * 4;
    writeSync(handle, Buffer.from(Float32Array.of(42, 43).buffer), 0, 8, place);
    ftruncateSync(handle, packets * packetBytes);
    closeSync(handle);
    await withFile(sintelaFormat, at('large.raw'), async (recording) => {
      expect(packets * packetBytes).toBeGreaterThan(2 ** 32);
      expect(recording.layout.timeCount).toBe(packets * samples);
      const first = (packets - 1) * samples + 6;
      const values = await recording.readBlock({ time: [first, first + 2], channel: [499, 502] });
      expect(Array.from(values as Float32Array)).toEqual([0, 0, 0, 0, 42, 43]);
    });
  });

  it.each([
    ['another version', (b: Buffer) => b.writeUInt32LE(4, 8), 'UnsupportedSource', /version 4/],
    ['no channels', (b: Buffer) => b.writeUInt32LE(0, 28), 'CorruptSource', /num_channels/],
    [
      '10^12 samples',
      (b: Buffer) => (b.writeUInt32LE(1e6, 28), b.writeUInt32LE(1e6, 32)),
      'CorruptSource',
      /packet 0/,
    ],
    ['NaN rate', (b: Buffer) => b.writeFloatLE(Number.NaN, 36), 'CorruptSource', /sample_rate/],
    [
      'time that stands',
      (b: Buffer) => b.copy(b, 796 + 20, 20, 28),
      'CorruptSource',
      /start_time_ns/,
    ],
    ['a lost packet', (b: Buffer) => b.fill(0, 796, 800), 'CorruptSource', /packet 1 sync_word/],
    [
      'other channels',
      (b: Buffer) => b.writeUInt32LE(8, 796 + 28),
      'CorruptSource',
      /packet 1 num_ch/,
    ],
  ])('refuses %s', async (_, change, tag, message) => {
    const bytes = sintelaBytes(SINTELA);
    change(bytes);
    writeFileSync(at('bad.raw'), bytes);
    await expect(readWhole(sintelaFormat, at('bad.raw'))).rejects.toMatchObject({
      _tag: tag,
      source: at('bad.raw'),
      message: expect.stringMatching(message) as string,
    });
  });
});

describeWithPeers('against dascore', () => {
  it('samples, times and distances are what it reads', async () => {
    const file = write('peer.raw', { packets: 3, samples: 11, channels: 5 });
    const peer = runPeer<{ data: number[]; distance: number[]; start: string; units: string }>(
      `
import json, sys, dascore as dc
p = dc.spool(sys.argv[1])[0]
print(json.dumps({'data': p.data.astype('f8').ravel().tolist(), 'distance': [float(x) for x in p.get_array('distance')],
  'start': str(p.get_array('time')[0].astype('int64')), 'units': str(p.attrs.data_units)}))
`,
      [file],
    );
    const { recording, values } = await readWhole(sintelaFormat, file);
    expect(values).toEqual(peer.data);
    expect(String(recording.runs[0]?.startNs)).toBe(peer.start);
    peer.distance.forEach((distance, i) =>
      expect(recording.firstDistanceM + i * recording.spacingM).toBeCloseTo(distance, 6),
    );
  });
});
