/** `quakeloom das convert`: a recording as Arrow, PRODML, MiniSEED or Zarr. @module */
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { OpenRecording } from '../../../../connectors/das/open-recording.js';
import {
  recordingPart,
  sampleStream,
  streamTimeNs,
  type PartValues,
  type SampleStream,
} from '../../../../connectors/das/sample-stream.js';
import { UnsupportedSourceError } from '../../../../core/errors.js';
import type { Output } from '../../output.js';
import { expandFiles, fileCommand, forEachFile, type FileOptions } from './files.js';
import { addPartOptions, partOf, splitPart, type PartOptions } from './part.js';
import { EXTENSIONS, outputPath, TARGETS, type Target } from './output-path.js';

interface ConvertOptions extends FileOptions, PartOptions {
  readonly to: Target;
  readonly out?: string;
  readonly values: 'stored' | 'strain-rate';
}

export function addConvertCommand(das: Command, output: Output): void {
  addPartOptions(fileCommand(das, 'convert', 'write recordings in another format, block by block'))
    .addOption(
      new Option('--to <format>', 'format to write').choices(TARGETS).makeOptionMandatory(),
    )
    .option('--out <path>', 'file to write, or folder for several; default: beside each file')
    .addOption(
      new Option('--values <which>', "the file's own numbers, or microstrain/s as float32")
        .choices(['stored', 'strain-rate'])
        .default('stored'),
    )
    .action(async (names: string[], options: ConvertOptions) => {
      const { files, part } = splitPart(options, names);
      const expanded = await expandFiles(files);
      await forEachFile(
        {
          names: files,
          options,
          output,
          text: ({ written }: { written: string }, file) => `${file} -> ${written}\n`,
        },
        async (open) => {
          const written = await outputPath({
            file: open.path,
            out: options.out,
            isOne: expanded.length === 1,
            extension: EXTENSIONS[options.to],
          });
          const wanted = { part: partOf(open.recording, part), values: options.values };
          const stream = sampleStream(open.recording, wanted);
          const notes = await writers[options.to](written, { ...open, ...wanted, stream });
          const { sampleCount, channelCount, type, unit } = stream;
          return {
            written,
            shape: [sampleCount, channelCount],
            dtype: type,
            units: unit,
            ...notes,
          };
        },
      );
    });
}

interface WriterInput extends OpenRecording, PartValues {
  readonly stream: SampleStream;
}

/** Returns what people need to know of the file that is not in it. */
type Writer = (file: string, input: WriterInput) => Promise<object>;

const writers: Readonly<Record<Target, Writer>> = {
  arrow: async (file, { stream }) => {
    const { writeArrow } = await import('../../../../connectors/das/write/write-arrow.js');
    await writeArrow(file, stream);
    return {};
  },
  prodml: async (file, { stream, path: source }) => {
    const { writeProdmlStream } = await import('../../../../connectors/das/write/write-prodml.js');
    const spacingM = equalSpacing(stream, source);
    await writeProdmlStream({
      path: file,
      ...stream,
      rateHz: stream.runs[0]?.rateHz ?? Number.NaN,
      dxM: spacingM,
      // PRODML counts distance in loci from the fibre's start.
      startLocusIndex: (stream.distancesM[0] ?? 0) / spacingM,
      timeNs: (i) => streamTimeNs(stream, i),
      blocks: valuesOf(stream),
    });
    return {};
  },
  miniseed: async (file, input) => {
    const { seedCodes, writeMiniseed } =
      await import('../../../../connectors/das/write/write-miniseed.js');
    const { recording, values, stream } = input;
    const part = recordingPart(recording, input);
    await writeMiniseed({ path: file, recording: part });
    // MiniSEED has neither units nor distances: what makes strain rate of its numbers is told here.
    const { component, units, factor } = recording.conversion;
    const isStored = values === 'stored';
    return {
      seed: { ...seedCodes(part), rateHz: part.runs[0]?.rateHz ?? null },
      conversion: { component, units, factor: isStored ? factor : 1 },
      firstDistanceM: stream.distancesM[0] ?? null,
      spacingM: stream.spacingM,
    };
  },
  zarr: async (file, input) => {
    const { writeZarr } = await import('../../../../connectors/das/write/write-zarr.js');
    await writeZarr({ path: file, recording: recordingPart(input.recording, input) });
    return {};
  },
};

async function* valuesOf(stream: SampleStream) {
  for await (const { values } of stream.blocks) yield values;
}

/** Distance of neighbours, m; that of a single channel is of no matter where it is not known. */
function equalSpacing(stream: SampleStream, source: string): number {
  const { distancesM } = stream;
  const isStated = Number.isFinite(stream.spacingM) && stream.spacingM !== 0;
  const spacingM = isStated || distancesM.length > 1 ? stream.spacingM : 1;
  const first = distancesM[0] ?? Number.NaN;
  const refuse = (reason: string, remedy: string): never => {
    throw new UnsupportedSourceError({ source: path.basename(source), reason, remedy });
  };
  if (!Number.isFinite(first) || !Number.isFinite(spacingM)) {
    refuse(
      'it has no distances along the fibre, which PRODML needs',
      'state them with --option spacingM=... or geometryFile=..., or convert to arrow or zarr',
    );
  }
  const off = distancesM.findIndex(
    (m, i) => Math.abs(m - first - i * spacingM) > 1e-3 * Math.abs(spacingM),
  );
  const keeping = 'convert to arrow or zarr, which keep the distance of each channel';
  if (off >= 0) {
    refuse(`channel ${off} lies at ${distancesM[off]} m, PRODML knows equal spacing only`, keeping);
  }
  if (!(spacingM > 0)) {
    refuse(`channels lie ${spacingM} m apart, PRODML counts distances upwards only`, keeping);
  }
  return spacingM;
}
