/**
 * MiniSEED files (versions 2 and 3) of a fibre: a SEED channel for each fibre channel. The format
 * holds no distances; they come by option or side-car, see `geometry-file.ts`.
 * @module
 */
import { withBinaryFile, type BinaryFile } from '../../binary-file.js';
import { looksLikeSeedRecord } from '../../seed/record-header.js';
import { readSeedIndex, readSeedRecord, type SeedIndex } from '../../seed/record-index.js';
import { seedSampleType } from '../../seed/record-samples.js';
import { note, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import { channelGeometry } from '../geometry/geometry-options.js';
import { sampleArray } from '../matrix-file.js';
import { miniseedGrid, type MiniseedGrid } from './miniseed-grid.js';
import type { DasOptions } from '../options.js';
import type { DasRecording, SampleArray, SampleBlock, SampleType } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';

const FORMAT = 'das/miniseed';

const ENCODING_NAMES: Readonly<Record<number, string>> = {
  1: 'int16',
  2: 'int24',
  3: 'int32',
  4: 'float32',
  5: 'float64',
  10: 'Steim 1',
  11: 'Steim 2',
};

/** Reads all channels of the most frequent rate; see DasOptions for the options. */
export const miniseedFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, MiniSEED 2 and 3',
  probe: ({ head }) => Promise.resolve(looksLikeSeedRecord(head) ? 0.9 : 0),
  withRecording: ({ file, options }, use) =>
    withBinaryFile(file, async (binary) => use(await miniseedRecording(binary, options))),
};

async function miniseedRecording(file: BinaryFile, options: DasOptions): Promise<DasRecording> {
  const index = await readSeedIndex(file);
  const chosen = chooseChannels(index);
  const grid = miniseedGrid(index, chosen.channels, chosen.rateHz);
  const names = chosen.channels.map((c) => index.channels[c] as SeedIndex['channels'][number]);
  const geometry = await channelGeometry({
    options,
    channelIds: names.map(({ id, station, channel }) => `${id} ${station}.${channel} ${station}`),
    fileDistancesM: null,
    fileWords: 'MiniSEED',
  });
  const type = sampleType(index, grid.isComplete);
  const gaugeLengthM = options.gaugeLengthM ?? geometry.gaugeLengthM;
  const rateHz = grid.runs[0]?.rateHz ?? chosen.rateHz;
  const conversion = storedConversion({
    options,
    unit: null,
    type,
    rateHz,
    gaugeLengthM,
    refractiveIndex: null,
  });
  return {
    format: FORMAT,
    version: String(index.version),
    layout: {
      timeCount: grid.runs.reduce((sum, run) => sum + run.sampleCount, 0),
      channelCount: names.length,
      timeAxis: 1,
      type,
      chunks: null,
    },
    runs: grid.runs,
    conversion,
    storedUnit: null,
    gaugeLengthM,
    firstChannel: 0,
    ...geometry.place,
    facts: {
      records: index.recordCount,
      encodings: index.encodings.map((code) => ENCODING_NAMES[code]),
      firstId: names[0]?.id,
      lastId: names.at(-1)?.id,
      timingQualityPercent: index.timingQuality,
    },
    audit: [
      ...chosen.audit,
      ...grid.audit,
      ...fillAudit(grid),
      ...geometry.audit,
      ...conversion.audit,
    ],
    readBlock: (block) => readBlock(file, { index, grid, type }, block),
  };
}

/** Channels of the rate that most channels have, in the order of their names. */
function chooseChannels(index: SeedIndex): {
  readonly channels: readonly number[];
  readonly rateHz: number;
  readonly audit: readonly AuditEntry[];
} {
  const byRate = new Map<number, number[]>();
  index.channels.forEach(({ rateHz }, i) => byRate.set(rateHz, [...(byRate.get(rateHz) ?? []), i]));
  const rates = [...byRate].sort((a, b) => b[1].length - a[1].length);
  const [rateHz, found] = rates[0] as [number, number[]];
  const collator = new Intl.Collator('en', { numeric: true });
  const idOf = (i: number): string => index.channels[i]?.id ?? '';
  const channels = found.sort((a, b) => collator.compare(idOf(a), idOf(b)));
  const audit = rates
    .slice(1)
    .map(([other, left]) =>
      note(
        'selection',
        { [`channels at ${rateHz} Hz`]: channels.length, [`channels at ${other} Hz`]: left.length },
        `channels at ${rateHz} Hz`,
        'a recording has one rate: the channels of the other one are left out',
      ),
    );
  return { channels, rateHz, audit };
}

/** A type that holds the values of all encodings, and NaN where samples are missing. */
function sampleType(index: SeedIndex, isComplete: boolean): SampleType {
  const types = new Set(index.encodings.map((code) => seedSampleType(code) as SampleType));
  if (types.size === 1 && isComplete) return [...types][0] as SampleType;
  if (types.has('float64') || types.has('int32')) {
    return isComplete && !types.has('float64') && !types.has('float32') ? 'int32' : 'float64';
  }
  return 'float32';
}

function fillAudit(grid: MiniseedGrid): AuditEntry[] {
  if (grid.isComplete) return [];
  const why = 'a channel lacks samples that others have: they are NaN, and values are floats';
  return [note('gap', {}, null, why)];
}

interface Content {
  readonly index: SeedIndex;
  readonly grid: MiniseedGrid;
  readonly type: SampleType;
}

async function readBlock(
  file: BinaryFile,
  content: Content,
  block: SampleBlock,
): Promise<SampleArray> {
  const { grid, type } = content;
  const [from, to] = block.time;
  const width = to - from;
  const out = sampleArray(type, width * (block.channel[1] - block.channel[0]));
  if (!grid.isComplete) out.fill(Number.NaN as never);
  for (let channel = block.channel[0]; channel < block.channel[1]; channel++) {
    const row = (channel - block.channel[0]) * width;
    for (const [r, run] of grid.runs.entries()) {
      const start = Math.max(from, run.firstIndex);
      const end = Math.min(to, run.firstIndex + run.sampleCount);
      if (start >= end) continue;
      const shift = (grid.runGridStart[r] as number) - run.firstIndex;
      const part = { channel, from: start + shift, to: end + shift };
      await readChannel(file, content, part, (at, values) =>
        out.set(values as never, row + at - shift - from),
      );
    }
  }
  return out;
}

/** Hands over what the records of a channel hold of `[from, to)` of the grid, in file order. */
async function readChannel(
  file: BinaryFile,
  content: Content,
  part: { channel: number; from: number; to: number },
  use: (at: number, values: SampleArray) => void,
): Promise<void> {
  const { index, grid } = content;
  const end = grid.firstOf[part.channel + 1] as number;
  const records: number[] = [];
  let k = lowerBound(grid.gridStart, {
    from: grid.firstOf[part.channel] as number,
    to: end,
    value: part.from - grid.longest,
  });
  for (; k < end && (grid.gridStart[k] as number) < part.to; k++) {
    const count = index.counts[grid.order[k] as number] as number;
    if ((grid.gridStart[k] as number) + count > part.from) records.push(k);
  }
  records.sort((a, b) => (grid.order[a] as number) - (grid.order[b] as number));
  for (const record of records) {
    const values = await readSeedRecord(file, index, grid.order[record] as number);
    const start = grid.gridStart[record] as number;
    const first = Math.max(0, part.from - start);
    const last = Math.min(values.length, part.to - start);
    use(start + first, values.subarray(first, last));
  }
}

/** First position in `[from, to)` whose value is at least `value`; values ascend. */
function lowerBound(
  values: Float64Array,
  range: { from: number; to: number; value: number },
): number {
  let { from, to } = range;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((values[middle] as number) < range.value) from = middle + 1;
    else to = middle;
  }
  return from;
}
