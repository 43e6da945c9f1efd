/** `quakeloom das plot`: a waterfall picture of a recording. @module */
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { storedBlocks } from '../../../../connectors/das/blocks.js';
import { runTimeNs } from '../../../../connectors/das/clock.js';
import {
  channelDistanceM,
  type DasRecording,
  type SampleBlock,
} from '../../../../connectors/das/recording.js';
import { UnavailableError } from '../../../../core/errors.js';
import { nsToIso, secondsSince } from '../../../../core/time.js';
import type { Output } from '../../output.js';
import { expandFiles, fileCommand, forEachFile, type FileOptions } from './files.js';
import { pngBytes } from './image.js';
import { outputPath } from './output-path.js';
import { addPartOptions, partOf, splitPart, type PartOptions } from './part.js';
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
        await writeWhole(written, pngBytes(image));
        return { written, width: image.width, height: image.height };
      });
    });
}

/** The picture appears when it is complete. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.part`);
  try {
    await writeFile(partial, bytes);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'choose a folder that exists, can be written and has room',
      cause,
    });
  }
}

async function recordingImage(
  recording: DasRecording,
  input: { readonly path: string; readonly part: PartOptions },
) {
  const part = partOf(recording, input.part);
  const { conversion, layout } = recording;
  // Differences in time would need a second reading; their sum, what is stored, shows arrivals too.
  const isStored = conversion.difference || conversion.units === 'counts';
  const { startNs, endNs, steps, stepOf } = timeSteps(recording, part.time);
  const grid = await waterfallGrid({
    blocks: storedBlocks(recording, part),
    part,
    timeAxis: layout.timeAxis,
    steps,
    stepOf,
    factor: isStored ? 1 : conversion.factor,
    maxRows: MAX_ROWS,
    maxColumns: MAX_COLUMNS,
  });
  return waterfallImage({
    grid,
    title: `${path.basename(input.path)}  ${recording.format}`.slice(0, 80),
    time: { fromS: 0, toS: secondsSince(endNs, startNs), label: `s after ${nsToIso(startNs)}` },
    fibre: fibreAxis(recording, part.channel),
    unit: isStored ? (recording.storedUnit ?? 'counts') : conversion.units,
  });
}

/** Equal steps of time from the earliest sample to the latest: gaps between runs take their room. */
function timeSteps(recording: DasRecording, [from, to]: SampleBlock['time']) {
  const pieces = recording.runs.flatMap((run) => {
    const first = Math.max(from, run.firstIndex);
    const last = Math.min(to, run.firstIndex + run.sampleCount) - 1;
    if (last < first) return [];
    const [startNs, endNs] = [first, last].map((i) => runTimeNs(run, i - run.firstIndex));
    return [
      { first, last, startNs: startNs as bigint, endNs: endNs as bigint, rateHz: run.rateHz },
    ];
  });
  const startNs = pieces.reduce(
    (least, p) => (p.startNs < least ? p.startNs : least),
    pieces[0]?.startNs ?? 0n,
  );
  const endNs = pieces.reduce((most, p) => (p.endNs > most ? p.endNs : most), startNs);
  const rateHz = pieces[0]?.rateHz ?? 1;
  const stepAt = (ns: bigint): number => Math.round(secondsSince(ns, startNs) * rateHz);
  const placed = pieces.map((piece) => ({ ...piece, step: stepAt(piece.startNs) }));
  const steps = stepAt(endNs) + 1;
  const stepOf = (sample: number): number => {
    const piece = placed.find(({ last }) => sample <= last);
    if (piece === undefined) return steps - 1;
    const step = piece.step + Math.round(((sample - piece.first) * rateHz) / piece.rateHz);
    return Math.min(steps - 1, step);
  };
  return { startNs, endNs, steps, stepOf };
}

/** Distances where they are known and equally spaced: an axis of them would lie elsewhere. */
function fibreAxis(recording: DasRecording, [from, to]: SampleBlock['channel']) {
  const [fromM, toM] = [from, to - 1].map((c) => channelDistanceM(recording, c)) as [
    number,
    number,
  ];
  const isEven = recording.distancesM === null || to - from === 1;
  if (isEven && Number.isFinite(fromM)) return { from: fromM, to: toM, label: 'distance (m)' };
  const first = recording.firstChannel;
  return { from: first + from, to: first + to - 1, label: 'channel' };
}
