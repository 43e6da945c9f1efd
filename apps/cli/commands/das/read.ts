/** `quakeloom das read`: stored values, or their statistics. @module */
import type { Command } from 'commander';
import { storedBlocks, timeBlocks } from '../../../../connectors/das/blocks.js';
import { runTimeNs } from '../../../../connectors/das/clock.js';
import type { OpenRecording } from '../../../../connectors/das/open-recording.js';
import {
  channelDistanceM,
  type DasRecording,
  type SampleBlock,
} from '../../../../connectors/das/recording.js';
import { sampleStatistics } from '../../../../connectors/das/statistics.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { nsToIso } from '../../../../core/time.js';
import type { Output } from '../../output.js';
import { fileCommand, forEachFile, type FileOptions } from './files.js';
import { addPartOptions, partOf, splitPart, type PartOptions } from './part.js';

/** Values that JSON may hold. */
const MAX_JSON_VALUES = 1_000_000;

interface ReadOptions extends FileOptions, PartOptions {
  readonly stats?: boolean;
}

export function addReadCommand(das: Command, output: Output): void {
  addPartOptions(
    fileCommand(das, 'read', 'print stored values (CSV, a row a sample), or their statistics'),
  )
    .option('--stats', 'print shape, min, max, mean, std and the first five values')
    .action(async (names: string[], options: ReadOptions) => {
      const { files, part } = splitPart(options, names);
      if (options.stats) {
        await forEachFile({ names: files, options, output, text: statsText }, (open) =>
          partStatistics(open, part),
        );
      } else if (options.json) {
        await forEachFile({ names: files, options, output, text: () => '' }, (open) =>
          partValues(open, part),
        );
      } else {
        await forEachFile({ names: files, options, output, text: () => '' }, async (open) => {
          await writeCsv(open.recording, partOf(open.recording, part), output);
          return {};
        });
      }
    });
}

async function partStatistics({ recording }: OpenRecording, options: PartOptions) {
  const part = partOf(recording, options);
  const { timeAxis } = recording.layout;
  const { first, ...statistics } = await sampleStatistics({
    blocks: storedBlocks(recording, part),
    part,
    timeAxis,
  });
  return { ...partFacts(recording, part), ...statistics, first };
}

/** Where a part lies: of the raw stored values, in the order of `dims`. */
function partFacts(recording: DasRecording, part: SampleBlock) {
  const sizes = [part.time[1] - part.time[0], part.channel[1] - part.channel[0]];
  const isTimeFirst = recording.layout.timeAxis === 0;
  const startTime = sampleTimeNs(recording, part.time[0]);
  const endTime = sampleTimeNs(recording, part.time[1] - 1);
  return {
    shape: isTimeFirst ? sizes : sizes.reverse(),
    dims: isTimeFirst ? ['time', 'distance'] : ['distance', 'time'],
    dtype: recording.layout.type,
    units: recording.storedUnit,
    startTime,
    startTimeIso: nsToIso(startTime),
    endTime,
    endTimeIso: nsToIso(endTime),
    firstDistanceM: channelDistanceM(recording, part.channel[0]),
    lastDistanceM: channelDistanceM(recording, part.channel[1] - 1),
  };
}

/** Time of a sample of the file's time axis, ns. */
export function sampleTimeNs(recording: DasRecording, index: number): bigint {
  const run =
    recording.runs.find((r) => index < r.firstIndex + r.sampleCount) ?? recording.runs.at(-1);
  return run === undefined ? 0n : runTimeNs(run, index - run.firstIndex);
}

async function partValues({ recording }: OpenRecording, options: PartOptions) {
  const part = partOf(recording, options);
  const facts = partFacts(recording, part);
  const [rows, columns] = facts.shape as [number, number];
  if (rows * columns > MAX_JSON_VALUES) {
    throw new InvalidInputError({
      what: 'part',
      reason: `${rows * columns} values, JSON takes ${MAX_JSON_VALUES}`,
      remedy: 'narrow it with --time and --distance, or ask for --stats',
    });
  }
  const values = await recording.readBlock(part);
  return {
    ...facts,
    values: Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) => values[r * columns + c]),
    ),
  };
}

async function writeCsv(recording: DasRecording, part: SampleBlock, output: Output): Promise<void> {
  const width = part.channel[1] - part.channel[0];
  const distances = Array.from({ length: width }, (_, c) =>
    channelDistanceM(recording, part.channel[0] + c),
  );
  output.write(`time,${distances.map((m) => `${m} m`).join(',')}\n`);
  // Text is several times the bytes: 1 MiB of samples at once.
  for await (const block of timeBlocks(recording, part, 1024 * 1024)) {
    let text = '';
    for (let row = 0; row < block.time[1] - block.time[0]; row++) {
      const line = block.values.subarray(row * width, (row + 1) * width);
      text += `${nsToIso(sampleTimeNs(recording, block.time[0] + row))},${line.join(',')}\n`;
    }
    output.write(text);
  }
}

function statsText(stats: Awaited<ReturnType<typeof partStatistics>>, file: string): string {
  return [
    file,
    `  ${stats.shape.join(' x ')} ${stats.dtype} (${stats.dims.join(', ')})`,
    `  ${stats.startTimeIso} to ${stats.endTimeIso}, ${stats.firstDistanceM} m to ${stats.lastDistanceM} m`,
    `  min ${stats.min}, max ${stats.max}, mean ${stats.mean}, std ${stats.std}` +
      (stats.notFinite > 0 ? `, ${stats.notFinite} not finite` : ''),
    `  first ${stats.first.join(', ')}`,
    '',
  ].join('\n');
}
