/**
 * A sample stream in, an Arrow IPC file out: a row a sample of time, all channels in it as one
 * fixed-shape tensor, a record batch a block. `to_numpy_ndarray()` of pyarrow gives [time, channel]
 * without a copy.
 * @module
 */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  makeData,
  type DataType,
} from 'apache-arrow';
import { UnavailableError, isQuakeError } from '../../../core/errors.js';
import { streamTimeNs, type SampleBatch, type SampleStream } from '../sample-stream.js';
import type { SampleType } from '../recording.js';

const TYPES: Readonly<Record<SampleType, DataType>> = {
  int8: new Int8(),
  uint8: new Uint8(),
  int16: new Int16(),
  uint16: new Uint16(),
  int32: new Int32(),
  uint32: new Uint32(),
  int64: new Int64(),
  uint64: new Uint64(),
  float32: new Float32(),
  float64: new Float64(),
};

/**
 * Writes columns `time_ns` (int64, ns since the epoch) and `samples` (fixed_shape_tensor [channel] of
 * the stream's type). Schema metadata: `format` (`quakeloom.fibre/1`), `unit`, `rate_hz`,
 * `distances_m` (JSON list), `spacing_m`, `gauge_length_m`, `first_channel`. One batch is held at a
 * time. Throws UnavailableError when the file cannot be written; no half-written file stays.
 */
export async function writeArrow(path: string, stream: SampleStream): Promise<void> {
  const partial = path.replace(/([^/\\]+)$/, '.$1.part');
  const failures: unknown[] = [];
  try {
    // A Node pipeline asks for the next batch only when the last one is on disk.
    const encoder = RecordBatchFileWriter.throughNode({ autoDestroy: true });
    const source = Readable.from(untilFailure(batches(stream), failures));
    await pipeline(source, encoder, createWriteStream(partial));
    if (failures.length > 0) throw failures[0];
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    if (isQuakeError(cause)) throw cause;
    throw new UnavailableError({
      what: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'choose a folder that exists, can be written and has room',
      cause,
    });
  }
}

/** Ends where reading fails: Arrow's encoder leaves a rejection unhandled when its source breaks. */
async function* untilFailure<T>(items: AsyncIterable<T>, failures: unknown[]): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    failures.push(error);
  }
}

function streamSchema(stream: SampleStream): Schema {
  const { channelCount, type } = stream;
  const list = new FixedSizeList(channelCount, new Field('item', TYPES[type], false));
  const shape = JSON.stringify({ shape: [channelCount], dim_names: ['channel'] });
  const tensor = new Map([
    ['ARROW:extension:name', 'arrow.fixed_shape_tensor'],
    ['ARROW:extension:metadata', shape],
  ]);
  return new Schema(
    [new Field('time_ns', new Int64(), false), new Field('samples', list, false, tensor)],
    new Map([
      ['format', 'quakeloom.fibre/1'],
      ['unit', stream.unit ?? ''],
      ['rate_hz', String(stream.runs[0]?.rateHz ?? '')],
      ['distances_m', JSON.stringify(Array.from(stream.distancesM))],
      ['spacing_m', String(stream.spacingM)],
      ['gauge_length_m', stream.gaugeLengthM === null ? '' : String(stream.gaugeLengthM)],
      ['first_channel', String(stream.firstChannel)],
    ]),
  );
}

async function* batches(stream: SampleStream): AsyncGenerator<RecordBatch> {
  const schema = streamSchema(stream);
  for await (const batch of stream.blocks) yield recordBatch(schema, stream, batch);
}

function recordBatch(schema: Schema, stream: SampleStream, batch: SampleBatch): RecordBatch {
  const length = batch.values.length / stream.channelCount;
  const times = BigInt64Array.from({ length }, (_, i) =>
    streamTimeNs(stream, batch.firstSample + i),
  );
  const [timeField, samplesField] = schema.fields as [Field, Field];
  const item = makeData({
    type: TYPES[stream.type] as Float32,
    data: batch.values as Float32Array,
    length: batch.values.length,
    nullCount: 0,
  });
  const children = [
    makeData({ type: timeField.type as Int64, data: times, length, nullCount: 0 }),
    makeData({ type: samplesField.type as FixedSizeList, length, nullCount: 0, child: item }),
  ];
  const type = new Struct([...schema.fields]);
  return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
}
