/** `quakeloom das plot`: a waterfall picture of a recording. @module */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { storedBlocks } from '../../../../connectors/das/blocks.js';
import { channelDistanceM, type DasRecording } from '../../../../connectors/das/recording.js';
import { UnavailableError } from '../../../../core/errors.js';
import { nsToIso, secondsSince } from '../../../../core/time.js';
import type { Output } from '../../output.js';
import { expandFiles, fileCommand, forEachFile, type FileOptions } from './files.js';
import { pngBytes } from './image.js';
import { outputPath } from './output-path.js';
import { addPartOptions, partOf, splitPart, type PartOptions } from './part.js';
import { sampleTimeNs } from './read.js';
import { waterfallGrid } from './waterfall-grid.js';
import { waterfallImage } from './waterfall.js';

/** Most cells of a picture; larger recordings are reduced. */
const MAX_COLUMNS = 1200;
const MAX_ROWS = 800;

interface PlotOptions extends FileOptions, PartOptions {
  readonly out?: string;
}

export function addPlotCommand(das: Command, output: Output): void {
  addPartOptions(fileCommand(das, 'plot', 'draw a waterfall (PNG): time right, distance down'))
    .option('--out <path>', 'picture to write, or folder for several; default: beside each file')
    .action(async (names: string[], options: PlotOptions) => {
      const { files, part } = splitPart(options, names);
      const isOne = (await expandFiles(files)).length === 1;
      const text = ({ written }: { written: string }, file: string): string =>
        `${file} -> ${written}\n`;
      await forEachFile({ names: files, options, output, text }, async ({ recording, path }) => {
        const target = { file: path, out: options.out, isOne, extension: '.png' };
        const written = await outputPath(target);
        const image = await recordingImage(recording, { path, part });
        await writeFile(written, pngBytes(image)).catch((cause: unknown) => {
          throw new UnavailableError({
            what: written,
            reason: cause instanceof Error ? cause.message : String(cause),
            remedy: 'choose a folder that exists and can be written',
            cause,
          });
        });
        return { written, width: image.width, height: image.height };
      });
    });
}

async function recordingImage(
  recording: DasRecording,
  input: { readonly path: string; readonly part: PartOptions },
) {
  const part = partOf(recording, input.part);
  const { conversion, layout } = recording;
  // Differences in time would need a second reading; their sum, what is stored, shows arrivals too.
  const isStored = conversion.difference || conversion.units === 'counts';
  const grid = await waterfallGrid({
    blocks: storedBlocks(recording, part),
    part,
    timeAxis: layout.timeAxis,
    factor: isStored ? 1 : conversion.factor,
    maxRows: MAX_ROWS,
    maxColumns: MAX_COLUMNS,
  });
  const startNs = sampleTimeNs(recording, part.time[0]);
  const lastNs = sampleTimeNs(recording, part.time[1] - 1);
  return waterfallImage({
    grid,
    title: `${path.basename(input.path)}  ${recording.format}`.slice(0, 80),
    time: { fromS: 0, toS: secondsSince(lastNs, startNs), label: `s after ${nsToIso(startNs)}` },
    distance: {
      fromM: channelDistanceM(recording, part.channel[0]),
      toM: channelDistanceM(recording, part.channel[1] - 1),
    },
    unit: isStored ? (recording.storedUnit ?? 'counts') : conversion.units,
  });
}
