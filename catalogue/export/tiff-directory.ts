/**
 * One TIFF image file directory (TIFF 6.0, section 2), little-endian. In: entries and where the
 * directory will stand. Out: its bytes, long values after the entries.
 * @module
 */

/** Field types by their number in the file. */
export const TIFF_TYPE = { ascii: 2, short: 3, long: 4, double: 12 } as const;

/** One tag with its values. */
export type TiffEntry =
  | { readonly tag: number; readonly type: typeof TIFF_TYPE.ascii; readonly text: string }
  | {
      readonly tag: number;
      readonly type: Exclude<(typeof TIFF_TYPE)[keyof typeof TIFF_TYPE], 2>;
      readonly values: readonly number[];
    };

/**
 * Writes a directory at byte `at` of the file. Entries must be sorted by tag. The next directory, if
 * any, follows at once. The length does not depend on the values, only on their number.
 */
export function writeDirectory(input: {
  at: number;
  entries: readonly TiffEntry[];
  isLast: boolean;
}): Buffer {
  const { at, entries } = input;
  const head = Buffer.alloc(2 + 12 * entries.length + 4);
  const tail: Buffer[] = [];
  let tailLength = 0;
  head.writeUInt16LE(entries.length, 0);
  for (const [i, entry] of entries.entries()) {
    const bytes = valueBytes(entry);
    const offset = 2 + 12 * i;
    head.writeUInt16LE(entry.tag, offset);
    head.writeUInt16LE(entry.type, offset + 2);
    head.writeUInt32LE('text' in entry ? bytes.length : entry.values.length, offset + 4);
    if (bytes.length <= 4) {
      bytes.copy(head, offset + 8);
      continue;
    }
    head.writeUInt32LE(at + head.length + tailLength, offset + 8);
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    tail.push(padded);
    tailLength += padded.length;
  }
  const next = input.isLast ? 0 : at + head.length + tailLength;
  head.writeUInt32LE(next, head.length - 4);
  return Buffer.concat([head, ...tail]);
}

function valueBytes(entry: TiffEntry): Buffer {
  if ('text' in entry) return Buffer.from(`${entry.text}\0`, 'utf8');
  const size = entry.type === TIFF_TYPE.short ? 2 : entry.type === TIFF_TYPE.long ? 4 : 8;
  const bytes = Buffer.alloc(size * entry.values.length);
  for (const [i, value] of entry.values.entries()) {
    if (size === 2) bytes.writeUInt16LE(value, 2 * i);
    else if (size === 4) bytes.writeUInt32LE(value, 4 * i);
    else bytes.writeDoubleLE(value, 8 * i);
  }
  return bytes;
}
