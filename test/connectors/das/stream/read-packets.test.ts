/** Packets of settled files: the values of a reading, joined over files, each content known again. @module */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dasConnector } from '../../../../connectors/das/das-format.js';
import { prodmlFormat } from '../../../../connectors/das/formats/prodml.js';
import {
  readPackets,
  type FibrePacket,
  type PacketTail,
} from '../../../../connectors/das/stream/read-packets.js';
import { readSegments, temporaryFolder } from '../support.js';
import {
  CHANNELS,
  feedOptions,
  START_NS,
  syntheticRecording,
  writePart,
} from './recording-cuts.js';

const RATE_HZ = 100;
const folder = temporaryFolder();

async function packets(file: string, unit: string, previous: PacketTail | null = null) {
  const got: FibrePacket[] = [];
  const read = await readPackets({
    path: file,
    options: feedOptions(unit),
    previous,
    accept: () => true,
    use: (packet) => void got.push(packet),
  });
  if (!read) throw new Error('not accepted');
  return { got, ...read };
}

/** Samples of one channel over packets. */
const channel = (got: readonly FibrePacket[], c: number): number[] =>
  got.flatMap(({ samples, sampleCount }) => [
    ...samples.subarray(c * sampleCount, (c + 1) * sampleCount),
  ]);

describe.each(['microstrain/s', 'strain'])('packets of %s', (unit) => {
  const recording = syntheticRecording({ rateHz: RATE_HZ, seconds: 6, waveS: 2, unit });
  const part = (name: string, from: number, to: number, writer: 'prodml' | 'zarr' = 'prodml') =>
    writePart({ recording, folder, name: `${unit.slice(0, 5)}-${name}`, writer, from, to });

  it('hold what reading gives, and join over files without a missing sample', async () => {
    const whole = await part('whole', 0, 600);
    const segments = await readSegments(dasConnector(prodmlFormat), {
      path: whole,
      options: feedOptions(unit),
    });
    const first = await packets(await part('a', 0, 250), unit);
    const second = await packets(await part('b', 250, 600), unit, first.tail);
    const got = [...first.got, ...second.got];
    for (let c = 0; c < CHANNELS; c++) {
      expect(channel(got, c)).toEqual([...(segments[c]?.samples ?? [])]);
    }
    expect(got[0]?.startNs).toBe(segments[0]?.startNs);
    const [a, b] = [got[0] as FibrePacket, got[1] as FibrePacket];
    expect(b.startNs - a.startNs).toBe(BigInt(a.sampleCount) * 10_000_000n);
    // A tail of another time joins nothing.
    const apart = await packets(await part('c', 300, 600), unit, first.tail);
    expect(apart.got[0]?.sampleCount).toBe(unit === 'strain' ? 299 : 300);
  });

  it('have one hash however they are written, and another with other samples or times', async () => {
    const hash = async (file: string) => (await packets(file, unit)).contentId;
    const known = await hash(await part('h', 0, 100));
    expect(await hash(await part('h2', 0, 100))).toBe(known);
    expect(await hash(await part('h3', 0, 100, 'zarr'))).toBe(known);
    expect(await hash(await part('h4', 0, 99))).not.toBe(known);
    expect(await hash(await part('h5', 1, 101))).not.toBe(known);
  });

  it('are not read when the header is not accepted', async () => {
    const file = path.join(folder, `${unit.slice(0, 5)}-a.h5`);
    const read = await readPackets({
      path: file,
      options: feedOptions(unit),
      previous: null,
      accept: ({ startNs, endNs, rateHz, distancesM }) => {
        expect({ startNs, endNs, rateHz }).toEqual({
          startNs: START_NS,
          endNs: START_NS + 2_500_000_000n,
          rateHz: RATE_HZ,
        });
        expect([...distancesM]).toEqual(Array.from({ length: CHANNELS }, (_, c) => 10 * c));
        return false;
      },
      use: () => expect.unreachable(),
    });
    expect(read).toBeNull();
  });
});
