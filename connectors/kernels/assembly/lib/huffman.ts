// Tables that read Huffman codes of DEFLATE (RFC 1951 section 3.2.2) by their lowest bits.
//
// An entry is 0 for bits without meaning, else: bits 0-5 how many bits it takes; bits 8-12 extra bits; from bit 16 the
// base value; bit 6 the end of the block; bit 31 a literal. With bit 7, the code goes on: bits 8-12 say how many bits
// choose in the part of the table whose index stands from bit 16.

export const LITERAL: u32 = 0x8000_0000;
export const LONG: u32 = 0x80;
export const STOP: u32 = 0x40;

/** A symbol that stands for nothing. */
const NONE: u32 = 0xffff_ffff;

/** Kinds of symbols. */
export const PLAIN: i32 = 0;
export const LITERALS: i32 = 1;
export const DISTANCES: i32 = 2;

const COUNTS: usize = 53_248;
const STARTS: usize = 53_312;
const SORTED: usize = 53_376;

/**
 * Makes the table of `count` symbols whose code lengths are the bytes at `lengths`, with `root` bits looked up at once.
 * False for lengths that are no complete code; a single code of one bit may stand alone, as may none at all.
 */
export function buildTable(lengths: usize, count: i32, table: usize, root: u32, kind: i32): bool {
  memory.fill(COUNTS, 0, 128);
  memory.fill(table, 0, 4 << root);
  for (let i = 0; i < count; i++) {
    const p = COUNTS + (<usize>load<u8>(lengths + i) << 2);
    store<u32>(p, load<u32>(p) + 1);
  }
  let longest: u32 = 15;
  while (longest > 0 && load<u32>(COUNTS + (<usize>longest << 2)) === 0) longest--;
  if (longest === 0) return true;
  let left: i32 = 1;
  let start: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    const many = load<u32>(COUNTS + (<usize>length << 2));
    left = (left << 1) - <i32>many;
    if (left < 0) return false;
    store<u32>(STARTS + (<usize>length << 2), start);
    start += many;
  }
  if (left > 0 && (kind === PLAIN || longest > 1)) return false;
  for (let i = 0; i < count; i++) {
    const length = load<u8>(lengths + i);
    if (length === 0) continue;
    const p = STARTS + (<usize>length << 2);
    const at = load<u32>(p);
    store<u32>(p, at + 1);
    store<u16>(SORTED + (<usize>at << 1), <u16>i);
  }
  const deep = longest > root ? longest - root : 0;
  let free: u32 = 1 << root;
  let code: u32 = 0;
  let at: usize = SORTED;
  for (let length: u32 = 1; length <= longest; length++) {
    for (let n = load<u32>(COUNTS + (<usize>length << 2)); n > 0; n--) {
      const entry = entryOf(load<u16>(at), kind);
      at += 2;
      const bits = turned(code, length);
      code++;
      if (length <= root) {
        for (let i = bits; i < <u32>1 << root; i += <u32>1 << length) {
          store<u32>(table + (<usize>i << 2), entry === NONE ? 0 : entry | length);
        }
        continue;
      }
      const first = table + (<usize>(bits & ((1 << root) - 1)) << 2);
      if (load<u32>(first) === 0) {
        store<u32>(first, (free << 16) | (deep << 8) | LONG | root);
        memory.fill(table + (<usize>free << 2), 0, 4 << deep);
        free += <u32>1 << deep;
      }
      const part = table + (<usize>(load<u32>(first) >> 16) << 2);
      for (let i = bits >> root; i < <u32>1 << deep; i += <u32>1 << (length - root)) {
        store<u32>(part + (<usize>i << 2), entry === NONE ? 0 : entry | (length - root));
      }
    }
    code <<= 1;
  }
  return true;
}

/** The lowest `length` bits in reverse. */
// @ts-ignore: decorator of AssemblyScript
@inline function turned(code: u32, length: u32): u32 {
  let out: u32 = 0;
  for (let i: u32 = 0; i < length; i++) out |= ((code >> i) & 1) << (length - 1 - i);
  return out;
}

/** What a symbol stands for (RFC 1951 section 3.2.5). */
function entryOf(symbol: u32, kind: i32): u32 {
  if (kind === PLAIN) return symbol << 16;
  if (kind === LITERALS) {
    if (symbol < 256) return LITERAL | (symbol << 16);
    if (symbol === 256) return STOP;
    if (symbol > 285) return NONE;
    if (symbol === 285) return 258 << 16;
    const i = symbol - 257;
    if (i < 8) return (i + 3) << 16;
    const extra = (i >> 2) - 1;
    return ((((4 + (i & 3)) << extra) + 3) << 16) | (extra << 8);
  }
  if (symbol > 29) return NONE;
  if (symbol < 2) return (symbol + 1) << 16;
  const extra = (symbol >> 1) - 1;
  return ((((2 + (symbol & 1)) << extra) + 1) << 16) | (extra << 8);
}
