/** What the tests of formats other than HDF5 share. @module */
import fc from 'fast-check';
import { expect } from 'vitest';
import { openSourceFile } from '../../../connectors/source-file.js';
import type { DasFormat } from '../../../connectors/das/das-format.js';
import { dasOptions } from '../../../connectors/das/options.js';
import type { DasRecording } from '../../../connectors/das/recording.js';
import type { ReadRequest } from '../../../core/connector.js';

/** Opens a file by a format and hands its recording on. */
export async function withFile<Result>(
  format: DasFormat,
  path: string,
  use: (recording: DasRecording) => Promise<Result>,
  options: ReadRequest['options'] = {},
): Promise<Result> {
  const file = await openSourceFile({ path });
  return format.withRecording({ file, options: dasOptions(options).options }, use);
}

/** All values as numbers, row-major in the order of the layout. */
export async function allValues(recording: DasRecording): Promise<number[]> {
  const { timeCount, channelCount } = recording.layout;
  const values = await recording.readBlock({ time: [0, timeCount], channel: [0, channelCount] });
  return Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Reads header and all values. */
export async function readWhole(
  format: DasFormat,
  path: string,
  options: ReadRequest['options'] = {},
): Promise<{ readonly recording: DasRecording; readonly values: number[] }> {
  return withFile(
    format,
    path,
    async (recording) => ({ recording, values: await allValues(recording) }),
    options,
  );
}

/** mean, std, min and max, as `ground-truth.json` defines them. */
export function statistics(values: readonly number[]): {
  mean: number;
  std: number;
  min: number;
  max: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    mean,
    std: Math.sqrt(square),
    min: values.reduce((a, b) => Math.min(a, b)),
    max: values.reduce((a, b) => Math.max(a, b)),
  };
}

/** Position of the first difference; -1: the values are the same, NaN and signs of zero included. */
export function firstDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((value, i) => !Object.is(value, b[i]));
}

/** Random blocks hold what the whole holds at their place. */
export async function expectBlocksOfWhole(
  format: DasFormat,
  path: string,
  numRuns = 60,
): Promise<void> {
  await withFile(format, path, async (recording) => {
    const { timeCount, channelCount, timeAxis } = recording.layout;
    const whole = await allValues(recording);
    const range = (count: number) =>
      fc
        .tuple(fc.nat(count - 1), fc.nat(count - 1))
        .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b) + 1]);
    await fc.assert(
      fc.asyncProperty(range(timeCount), range(channelCount), async (time, channel) => {
        const got = await recording.readBlock({ time, channel });
        const [rows, columns] = timeAxis === 0 ? [time, channel] : [channel, time];
        const width = timeAxis === 0 ? channelCount : timeCount;
        const columnCount = columns[1] - columns[0];
        expect(got.length).toBe((rows[1] - rows[0]) * columnCount);
        // One assertion a block: a block has up to a million values.
        const expected = (i: number): number =>
          whole[
            (rows[0] + Math.floor(i / columnCount)) * width + columns[0] + (i % columnCount)
          ] as number;
        expect(got.findIndex((value, i) => !Object.is(Number(value), expected(i)))).toBe(-1);
      }),
      { numRuns },
    );
  });
}
