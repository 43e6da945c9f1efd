/** Seeded damage of files: what a fuzz run does to them. @module */

/** mulberry32: a small generator, so that a seed names a run. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that break readers: limits, signs, not-a-numbers. */
const HOSTILE = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x7fc00000n,
  0x7ff0000000000000n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
  1_000_000_000_000n,
] as const;

/**
 * A damaged copy: bytes changed, fields set to hostile values, pieces copied, removed or repeated,
 * the end cut or extended. Most changes fall into the first `headBytes`, where headers are.
 */
export function mutated(bytes: Buffer, random: () => number, headBytes: number): Buffer {
  let out: Buffer = Buffer.from(bytes);
  const upTo = (n: number): number => Math.floor(random() * n);
  const place = (): number => upTo(random() < 0.8 ? Math.min(headBytes, out.length) : out.length);
  for (let changes = 1 + upTo(3); changes > 0 && out.length > 16; changes--) {
    const at = place();
    // Changed fields reach deeper than pieces that are gone: a length that does not fit ends it.
    switch (random() < 0.8 ? upTo(3) : 3 + upTo(4)) {
      case 0:
        out[at] = upTo(256);
        break;
      case 1:
        out[at] = (out[at] as number) ^ (1 << upTo(8));
        break;
      case 2: {
        const size = [1, 2, 4, 8][upTo(4)] as number;
        let value = BigInt.asUintN(size * 8, HOSTILE[upTo(HOSTILE.length)] as bigint);
        const field = Buffer.alloc(size);
        for (let i = 0; i < size; i++, value >>= 8n) field[i] = Number(value & 255n);
        (random() < 0.5 ? field : field.reverse()).copy(out, at);
        break;
      }
      case 3:
        out = out.subarray(0, at);
        break;
      case 4:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + upTo(64))]);
        break;
      case 5:
        out = Buffer.concat([
          out.subarray(0, at),
          out.subarray(upTo(at + 1), at),
          out.subarray(at),
        ]);
        break;
      default:
        out.copy(out, at, upTo(out.length), out.length);
    }
  }
  return out;
}
