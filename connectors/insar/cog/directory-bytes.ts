/**
 * Tags in, the bytes of a TIFF image directory out: little-endian, classic or BigTIFF, values too long
 * for their entry right behind it. Layout: TIFF 6.0 section 2, BigTIFF design 2007.
 * @module
 */

/** TIFF field types by name: code and bytes. */
const TYPES = {
  ascii: [2, 1],
  short: [3, 2],
  long: [4, 4],
  double: [12, 8],
  long8: [16, 8],
} as const;

export interface Tag {
  readonly tag: number;
  readonly type: keyof typeof TYPES;
  readonly values: readonly number[];
}

/** ASCII with the NUL that ends it. */
export function asciiTag(tag: number, text: string): Tag {
  return { tag, type: 'ascii', values: [...new TextEncoder().encode(text), 0] };
}

/** Bytes that directoryBytes makes of these tags. */
export function directorySize(tags: readonly Tag[], bigTiff: boolean): number {
  const word = bigTiff ? 8 : 4;
  const long = tags.reduce((sum, { type, values }) => {
    const bytes = values.length * TYPES[type][1];
    return sum + (bytes > word ? even(bytes) : 0);
  }, 0);
  return (bigTiff ? 8 : 2) + tags.length * (4 + 2 * word) + word + long;
}

/** A directory that starts at byte `at` of its file; `next` is where the next one starts, 0 for none. */
export function directoryBytes(input: {
  readonly tags: readonly Tag[];
  readonly at: number;
  readonly next: number;
  readonly bigTiff: boolean;
}): Uint8Array {
  const { at, next, bigTiff } = input;
  const tags = [...input.tags].sort((a, b) => a.tag - b.tag);
  const word = bigTiff ? 8 : 4;
  const out = new DataView(new ArrayBuffer(directorySize(tags, bigTiff)));
  const putWord = (position: number, value: number): void => {
    if (bigTiff) out.setBigUint64(position, BigInt(value), true);
    else out.setUint32(position, value, true);
  };
  if (bigTiff) out.setBigUint64(0, BigInt(tags.length), true);
  else out.setUint16(0, tags.length, true);
  const first = bigTiff ? 8 : 2;
  const entry = 4 + 2 * word;
  let free = first + tags.length * entry + word;
  tags.forEach(({ tag, type, values }, i) => {
    const position = first + i * entry;
    const [code, size] = TYPES[type];
    out.setUint16(position, tag, true);
    out.setUint16(position + 2, code, true);
    putWord(position + 4, values.length);
    let target = position + 4 + word;
    const bytes = values.length * size;
    if (bytes > word) {
      putWord(target, at + free);
      target = free;
      free += even(bytes);
    }
    values.forEach((value, k) => {
      const to = target + k * size;
      if (type === 'ascii') out.setUint8(to, value);
      else if (type === 'short') out.setUint16(to, value, true);
      else if (type === 'long') out.setUint32(to, value, true);
      else if (type === 'double') out.setFloat64(to, value, true);
      else out.setBigUint64(to, BigInt(value), true);
    });
  });
  putWord(first + tags.length * entry, next);
  return new Uint8Array(out.buffer);
}

function even(bytes: number): number {
  return bytes + (bytes & 1);
}
