/**
 * Sets of message numbers as ranges: first and last of each, ascending, in one flat list.
 * @module
 */

/** Adds `from` to `to`; neighbours become one range. Changes `ranges`. */
export function addToRanges(ranges: number[], from: number, to: number): void {
  const last = ranges.length - 1;
  // Nearly always the next number of a device.
  if (last >= 0 && ranges[last] === from - 1) {
    ranges[last] = to;
    return;
  }
  if (last < 0 || from > (ranges[last] as number)) {
    ranges.push(from, to);
    return;
  }
  // The ranges that touch [from, to]: `low` is the first whose end reaches it.
  let low = firstReaching(ranges, from - 1);
  const at = low;
  let [start, end] = [from, to];
  while (low < ranges.length && (ranges[low] as number) <= to + 1) {
    start = Math.min(start, ranges[low] as number);
    end = Math.max(end, ranges[low + 1] as number);
    low += 2;
  }
  ranges.splice(at, low - at, start, end);
}

export function isInRanges(ranges: readonly number[], value: number): boolean {
  const at = firstReaching(ranges, value);
  return at < ranges.length && (ranges[at] as number) <= value;
}

/** Index of the first range that ends at `value` or later. */
function firstReaching(ranges: readonly number[], value: number): number {
  let [low, high] = [0, ranges.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[2 * middle + 1] as number) < value) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

/** Numbers (each once, any order) as `first-last` or a single number. */
export function rangesText(values: readonly number[]): string[] {
  const ranges: number[] = [];
  for (const value of Float64Array.from(values).sort()) addToRanges(ranges, value, value);
  return Array.from({ length: ranges.length / 2 }, (_, i) => {
    const [from, to] = [ranges[2 * i], ranges[2 * i + 1]];
    return from === to ? `${from}` : `${from}-${to}`;
  });
}

/** First and last number of such a text; null for anything else. */
export function parseRanges(text: string): [number, number] | null {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return null;
  return [Number(match[1]), Number(match[2] ?? match[1])];
}
