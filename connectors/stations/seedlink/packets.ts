/**
 * Bytes of a SeedLink 3 stream in, its packets out: `SL`, six hexadecimal digits of sequence, a MiniSEED
 * record of 512 bytes. IRIS/GFZ, "SeedLink protocol" 3.1.
 * @module
 */

/** One packet of data. */
export interface SeedlinkPacket {
  /** Of the station's ring at the server, 0 to 0xFFFFFF; wraps around. */
  readonly sequence: number;
  /** MiniSEED 2 record, 512 bytes. */
  readonly record: Buffer;
}

const HEADER_BYTES = 8;
const RECORD_BYTES = 512;
const PACKET_BYTES = HEADER_BYTES + RECORD_BYTES;
/** The next packet's number: 24 bits. */
export const nextSequence = (sequence: number): number => (sequence + 1) & 0xffffff;

/**
 * A framer: pieces of the stream in, cut anywhere, whole packets out. Answers to INFO (`SLINFO`)
 * are dropped. Throws a plain Error with the bytes met where a packet must begin and none does: what follows
 * cannot be trusted.
 */
export function packetFramer(): (piece: Buffer) => SeedlinkPacket[] {
  let rest: Buffer = Buffer.alloc(0);
  return (piece) => {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const packets: SeedlinkPacket[] = [];
    let at = 0;
    for (; bytes.length - at >= HEADER_BYTES; at += PACKET_BYTES) {
      const header = bytes.toString('latin1', at, at + HEADER_BYTES);
      const isData = /^SL[0-9A-Fa-f]{6}$/.test(header);
      if (!isData && !header.startsWith('SLINFO')) {
        throw new Error(`'${header.replace(/[^ -~]/g, '.')}' where a packet must begin`);
      }
      if (bytes.length - at < PACKET_BYTES) break;
      if (!isData) continue;
      packets.push({
        sequence: Number.parseInt(header.slice(2), 16),
        record: Buffer.from(bytes.subarray(at + HEADER_BYTES, at + PACKET_BYTES)),
      });
    }
    rest = Buffer.from(bytes.subarray(at));
    return packets;
  };
}
