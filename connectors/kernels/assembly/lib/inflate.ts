// Inflates two zlib streams (RFC 1950, 1951) at once: reading a Huffman code has to wait for the one before it, and
// while one stream waits the other goes on. Whatever is damaged or rare is given up, for the caller to ask zlib.

import { adler32 } from './adler32';
import { nextBlock } from './deflate-blocks';
import {
  BIT, BITS, DISTANCE_TABLE, FROM, LANE, LANE_FIELDS, LANES, LAST, LIMIT, OPEN, OUT, TABLES, TO, word,
} from './deflate-lane';
import { LITERAL, LONG, STOP } from './huffman';

const ROOT: u64 = 2047;
const INDEX: usize = 2047 << 2;
const DISTANCE_ROOT: u64 = 255;
/** Input and output that one round may take. */
const ROUND_BITS: u32 = 128;
const ROUND_BYTES: u32 = 272;
const GIVEN_UP: u64 = 0xffff_ffff_ffff_ffff;
const STOPPED: u64 = 1 << 63;

/**
 * Inflates `lengthA` bytes at `fromA` to exactly `wanted` bytes at `toA`, and the same of B, behind each of which 64
 * bytes may be overwritten, and 8 bytes read behind the input. Addresses 16 to 65,536 hold tables. True when both came
 * out whole and their checksums are right.
 */
export function inflateTwo(
  fromA: usize, lengthA: i32, toA: usize, fromB: usize, lengthB: i32, toB: usize, wanted: i32,
): bool {
  const a = LANES;
  const b = LANES + LANE_FIELDS;
  if (!open(a, fromA, lengthA, toA, wanted) || !open(b, fromB, lengthB, toB, wanted)) return false;
  while (load<u32>(a, OPEN) !== 0 && load<u32>(b, OPEN) !== 0) {
    const stopped = both();
    if (stopped < 0) return false;
    if (stopped === 0) break;
    if ((stopped & 1) !== 0 && !nextBlock(a, TABLES)) return false;
    if ((stopped & 2) !== 0 && !nextBlock(b, TABLES + LANE)) return false;
  }
  return finish(a, TABLES) && finish(b, TABLES + LANE);
}

function open(lane: usize, from: usize, length: i32, to: usize, wanted: i32): bool {
  if (length < 8 || length >= 1 << 27) return false;
  const head = (<u32>load<u8>(from) << 8) | load<u8>(from, 1);
  // Deflate with a window of at most 32 KiB, no dictionary.
  if ((head & 0x8f20) !== 0x0800 || head % 31 !== 0) return false;
  store<u32>(lane, <u32>from, FROM);
  store<u32>(lane, 16, BIT);
  store<u32>(lane, (<u32>length - 4) << 3, BITS);
  store<u32>(lane, <u32>to, TO);
  store<u32>(lane, <u32>to, OUT);
  store<u32>(lane, <u32>to + wanted, LIMIT);
  store<u32>(lane, 0, LAST);
  return nextBlock(lane, lane === LANES ? TABLES : TABLES + LANE);
}

/**
 * Reads codes of both lanes while both have room for a round. Bits of the answer: 1 the block of lane A ended, 2 that of
 * lane B; 0 no room; negative: given up.
 */
function both(): i32 {
  const fromA = load<u32>(LANES, FROM);
  const fromB = load<u32>(LANES + LANE_FIELDS, FROM);
  let bitA = load<u32>(LANES, BIT);
  let bitB = load<u32>(LANES + LANE_FIELDS, BIT);
  let outA = load<u32>(LANES, OUT);
  let outB = load<u32>(LANES + LANE_FIELDS, OUT);
  let stopped = 0;
  while (stopped === 0) {
    let rounds = min(
      min((load<u32>(LANES, BITS) - bitA) / ROUND_BITS, (load<u32>(LANES, LIMIT) - outA) / ROUND_BYTES),
      min(
        (load<u32>(LANES + LANE_FIELDS, BITS) - bitB) / ROUND_BITS,
        (load<u32>(LANES + LANE_FIELDS, LIMIT) - outB) / ROUND_BYTES,
      ),
    );
    if (rounds === 0) break;
    do {
      let a = word(fromA, bitA) << 2;
      let b = word(fromB, bitB) << 2;
      let x: u32 = 0;
      let y: u32 = 0;
      let usedA: u32 = 0;
      let usedB: u32 = 0;
      let n = 0;
      // Literals of both, at most 11 bits each, are read from the same 57 bits.
      do {
        x = load<u32>((<usize>a & INDEX) + TABLES);
        y = load<u32>((<usize>b & INDEX) + TABLES + LANE);
        if (<i32>x >= 0) break;
        if (<i32>y >= 0) break;
        store<u8>(outA, x >> 16);
        store<u8>(outB, y >> 16);
        a >>= x;
        b >>= y;
        usedA += x;
        usedB += y;
        n = 1;
        x = load<u32>((<usize>a & INDEX) + TABLES);
        y = load<u32>((<usize>b & INDEX) + TABLES + LANE);
        if (<i32>x >= 0) break;
        if (<i32>y >= 0) break;
        store<u8>(outA, x >> 16, 1);
        store<u8>(outB, y >> 16, 1);
        a >>= x;
        b >>= y;
        usedA += x;
        usedB += y;
        n = 2;
        x = load<u32>((<usize>a & INDEX) + TABLES);
        y = load<u32>((<usize>b & INDEX) + TABLES + LANE);
        if (<i32>x >= 0) break;
        if (<i32>y >= 0) break;
        store<u8>(outA, x >> 16, 2);
        store<u8>(outB, y >> 16, 2);
        a >>= x;
        b >>= y;
        usedA += x;
        usedB += y;
        n = 3;
        x = load<u32>((<usize>a & INDEX) + TABLES);
        y = load<u32>((<usize>b & INDEX) + TABLES + LANE);
        if (<i32>x >= 0) break;
        if (<i32>y >= 0) break;
        store<u8>(outA, x >> 16, 3);
        store<u8>(outB, y >> 16, 3);
        a >>= x;
        b >>= y;
        usedA += x;
        usedB += y;
        n = 4;
        x = load<u32>((<usize>a & INDEX) + TABLES);
        y = load<u32>((<usize>b & INDEX) + TABLES + LANE);
        if (<i32>x >= 0) break;
        if (<i32>y >= 0) break;
        store<u8>(outA, x >> 16, 4);
        store<u8>(outB, y >> 16, 4);
        a >>= x;
        b >>= y;
        usedA += x;
        usedB += y;
        n = 5;
      } while (false);
      bitA += usedA & 63;
      bitB += usedB & 63;
      outA += n;
      outB += n;
      if (n === 5) continue;
      if (<i32>x >= 0) {
        const now = symbol(LANES, TABLES, bitA, outA);
        if (now === GIVEN_UP) return -1;
        if (<i64>now < 0) stopped |= 1;
        bitA = <u32>(now >> 32) & 0x7fff_ffff;
        outA = <u32>now;
      } else {
        store<u8>(outA, x >> 16);
        bitA += x & 63;
        outA++;
      }
      if (<i32>y >= 0) {
        const now = symbol(LANES + LANE_FIELDS, TABLES + LANE, bitB, outB);
        if (now === GIVEN_UP) return -1;
        if (<i64>now < 0) stopped |= 2;
        bitB = <u32>(now >> 32) & 0x7fff_ffff;
        outB = <u32>now;
      } else {
        store<u8>(outB, y >> 16);
        bitB += y & 63;
        outB++;
      }
      if (stopped !== 0) break;
    } while (--rounds > 0);
  }
  store<u32>(LANES, bitA, BIT);
  store<u32>(LANES, outA, OUT);
  store<u32>(LANES + LANE_FIELDS, bitB, BIT);
  store<u32>(LANES + LANE_FIELDS, outB, OUT);
  return stopped;
}

/** Reads one code of any kind: the bit after it above, the end of the output below; STOPPED at the end of the block. */
// @ts-ignore: decorator of AssemblyScript
@inline function symbol(lane: usize, tables: usize, start: u32, out: usize): u64 {
  let bit = start;
  let w = word(load<u32>(lane, FROM), bit);
  let entry = load<u32>(tables + (<usize>(w & ROOT) << 2));
  if ((entry & LONG) !== 0) entry = longer(tables, entry, w, 11);
  if (entry === 0) return GIVEN_UP;
  const taken = entry & 63;
  bit += taken;
  w >>= taken;
  const limit = load<u32>(lane, LIMIT);
  if ((entry & LITERAL) !== 0) {
    if (out >= limit || bit > load<u32>(lane, BITS)) return GIVEN_UP;
    store<u8>(out, <u8>(entry >> 16));
    return (<u64>bit << 32) | (out + 1);
  }
  if ((entry & STOP) !== 0) {
    return bit > load<u32>(lane, BITS) ? GIVEN_UP : STOPPED | (<u64>bit << 32) | out;
  }
  let extra = (entry >> 8) & 31;
  const length = (entry >> 16) + (<u32>w & ((1 << extra) - 1));
  bit += extra;
  w >>= extra;
  let far = load<u32>(tables + DISTANCE_TABLE + (<usize>(w & DISTANCE_ROOT) << 2));
  if ((far & LONG) !== 0) far = longer(tables + DISTANCE_TABLE, far, w, 8);
  if (far === 0) return GIVEN_UP;
  bit += far & 63;
  w >>= far & 63;
  extra = (far >> 8) & 31;
  const distance = (far >> 16) + (<u32>w & ((1 << extra) - 1));
  bit += extra;
  if (bit > load<u32>(lane, BITS) || out + length > limit || distance > out - load<u32>(lane, TO)) {
    return GIVEN_UP;
  }
  copy(out, distance, length);
  return (<u64>bit << 32) | (out + length);
}

/** The entry of a code longer than the root of its table, which takes all its bits. */
function longer(table: usize, entry: u32, w: u64, root: u32): u32 {
  const index = (entry >> 16) + (<u32>(w >> root) & ((1 << ((entry >> 8) & 31)) - 1));
  const found = load<u32>(table + (<usize>index << 2));
  return found === 0 ? 0 : found + root;
}

/** Repeats what stands `distance` before; up to 31 bytes more are written. */
// @ts-ignore: decorator of AssemblyScript
@inline function copy(to: usize, distance: u32, length: u32): void {
  let out = to;
  const end = to + length;
  if (distance === 1) {
    const bytes = i8x16.splat(load<u8>(out - 1));
    do {
      v128.store(out, bytes);
      out += 16;
    } while (out < end);
    return;
  }
  // A short period is doubled until a word holds it.
  let from = out - distance;
  while (out - from < 16 && out < end) {
    const step = out - from;
    v128.store(out, v128.load(from));
    out += step;
  }
  while (out < end) {
    v128.store(out, v128.load(from));
    out += 16;
    from += 16;
  }
}

/** The rest of one lane, its size and its checksum. */
function finish(lane: usize, tables: usize): bool {
  let bit = load<u32>(lane, BIT);
  let out = load<u32>(lane, OUT);
  while (load<u32>(lane, OPEN) !== 0) {
    const now = symbol(lane, tables, bit, out);
    if (now === GIVEN_UP) return false;
    bit = <u32>(now >> 32) & 0x7fff_ffff;
    out = <u32>now;
    if (<i64>now >= 0) continue;
    store<u32>(lane, bit, BIT);
    store<u32>(lane, out, OUT);
    if (!nextBlock(lane, tables)) return false;
    bit = load<u32>(lane, BIT);
    out = load<u32>(lane, OUT);
  }
  const to = load<u32>(lane, TO);
  if (out !== load<u32>(lane, LIMIT)) return false;
  const sum = load<u32>(load<u32>(lane, FROM) + ((bit + 7) >> 3));
  return bswap<u32>(sum) === adler32(to, out - to);
}
