// Headers of the blocks of DEFLATE (RFC 1951 section 3.2), their tables, and blocks without codes.

import { BIT, BITS, DISTANCE_TABLE, FROM, LAST, LIMIT, OPEN, OUT, word } from './deflate-lane';
import { buildTable, DISTANCES, LITERALS, PLAIN } from './huffman';

const LENGTHS: usize = 54_272;
const SHORT_CODES: usize = 54_784;

/** Reads headers, and stored blocks, up to the next block with codes; OPEN is 0 when there is none. */
export function nextBlock(lane: usize, tables: usize): bool {
  const from = load<u32>(lane, FROM);
  const bits = load<u32>(lane, BITS);
  let bit = load<u32>(lane, BIT);
  store<u32>(lane, 0, OPEN);
  while (load<u32>(lane, LAST) === 0) {
    const head = <u32>word(from, bit);
    bit += 3;
    if (bit > bits) return false;
    store<u32>(lane, head & 1, LAST);
    const type = (head >> 1) & 3;
    if (type === 3) return false;
    if (type !== 0) {
      if (type === 1) {
        memory.fill(LENGTHS, 8, 144);
        memory.fill(LENGTHS + 144, 9, 112);
        memory.fill(LENGTHS + 256, 7, 24);
        memory.fill(LENGTHS + 280, 8, 8);
        memory.fill(LENGTHS + 288, 5, 32);
        if (!tablesOf(tables, 288, 32)) return false;
      } else {
        bit = codes(from, bit, bits, tables);
        if (bit === 0) return false;
      }
      store<u32>(lane, bit, BIT);
      store<u32>(lane, 1, OPEN);
      return true;
    }
    bit = (bit + 7) & ~7;
    const size = <u32>word(from, bit);
    const many = size & 0xffff;
    if ((size >> 16) !== (many ^ 0xffff)) return false;
    bit += 32;
    const out = load<u32>(lane, OUT);
    if (bit + (many << 3) > bits || out + many > load<u32>(lane, LIMIT)) return false;
    memory.copy(out, from + (bit >> 3), many);
    bit += many << 3;
    store<u32>(lane, out + many, OUT);
  }
  store<u32>(lane, bit, BIT);
  return true;
}

function tablesOf(tables: usize, literals: i32, distances: i32): bool {
  return (
    buildTable(LENGTHS, literals, tables, 11, LITERALS) &&
    buildTable(LENGTHS + literals, distances, tables + DISTANCE_TABLE, 8, DISTANCES)
  );
}

/** The codes that a block brings along (RFC 1951 section 3.2.7); where they end, 0 to give up. */
function codes(from: usize, start: u32, bits: u32, tables: usize): u32 {
  let bit = start;
  const head = <u32>word(from, bit);
  const literals = <i32>(head & 31) + 257;
  const distances = <i32>((head >> 5) & 31) + 1;
  const short = ((head >> 10) & 15) + 4;
  if (literals > 286 || distances > 30) return 0;
  bit += 14;
  memory.fill(LENGTHS, 0, 19);
  // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15: beyond the fourth they go up and down by turns.
  for (let i: u32 = 0; i < short; i++) {
    const symbol: u32 =
      i < 3 ? 16 + i : i === 3 ? 0 : (i & 1) === 0 ? 8 + ((i - 4) >> 1) : 7 - ((i - 5) >> 1);
    store<u8>(LENGTHS + symbol, <u8>(word(from, bit) & 7));
    bit += 3;
  }
  if (!buildTable(LENGTHS, 19, SHORT_CODES, 7, PLAIN)) return 0;
  const count = literals + distances;
  let i = 0;
  while (i < count) {
    if (bit > bits) return 0;
    const rest = word(from, bit);
    const entry = load<u32>(SHORT_CODES + ((<usize>rest & 127) << 2));
    if (entry === 0) return 0;
    const length = entry & 63;
    const more = <u32>(rest >> length);
    const symbol = entry >> 16;
    bit += length;
    if (symbol < 16) {
      store<u8>(LENGTHS + i, <u8>symbol);
      i++;
      continue;
    }
    let value: u8 = 0;
    let repeat: u32;
    if (symbol === 16) {
      if (i === 0) return 0;
      value = load<u8>(LENGTHS + i - 1);
      repeat = 3 + (more & 3);
      bit += 2;
    } else if (symbol === 17) {
      repeat = 3 + (more & 7);
      bit += 3;
    } else {
      repeat = 11 + (more & 127);
      bit += 7;
    }
    if (i + <i32>repeat > count) return 0;
    memory.fill(LENGTHS + i, value, repeat);
    i += <i32>repeat;
  }
  if (bit > bits) return 0;
  return tablesOf(tables, literals, distances) ? bit : 0;
}
