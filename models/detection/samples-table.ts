/**
 * Posterior samples as an Arrow table: a row a draw, float64 columns latitude, longitude, depth_km,
 * time_s, magnitude, log_weight; the window's start (time_s = 0) in the metadata.
 * @module
 */
import { DataType, Field, Float64, Precision, makeData } from 'apache-arrow';
import { CorruptSourceError } from '../../core/errors.js';
import { decodeTable, encodeTable, tableFromColumns } from '../../core/tables/ipc.js';
import type { IsoTime } from '../../core/time.js';
import type { PosteriorSamples } from './event-posterior.js';

const COLUMNS = {
  latitude: 'latitude',
  longitude: 'longitude',
  depthKm: 'depth_km',
  timeS: 'time_s',
  magnitude: 'magnitude',
  logWeight: 'log_weight',
} as const satisfies Record<keyof PosteriorSamples, string>;

const WINDOW_START = 'quakeloom:window_start';

/** Samples with the time that their `timeS` counts from. */
export interface AnchoredSamples {
  readonly samples: PosteriorSamples;
  readonly windowStart: IsoTime;
}

/** Bytes of an Arrow IPC file. The bytes of equal samples are equal. */
export function encodeSamples(input: AnchoredSamples): Uint8Array {
  const names = Object.entries(COLUMNS) as [keyof PosteriorSamples, string][];
  const fields = names.map(([, column]) => new Field(column, new Float64(), false));
  const columns = names.map(([key]) => {
    const data = input.samples[key];
    return makeData({ type: new Float64(), data, length: data.length, nullCount: 0 });
  });
  const metadata = new Map([[WINDOW_START, input.windowStart]]);
  return encodeTable(tableFromColumns(fields, columns, metadata));
}

/** Samples of an Arrow file. Throws CorruptSourceError naming the column that is wrong. */
export function decodeSamples(bytes: Uint8Array, name = 'posterior samples'): AnchoredSamples {
  const table = decodeTable(bytes, name);
  const column = (key: keyof PosteriorSamples): Float64Array => {
    const vector = table.getChild(COLUMNS[key]);
    const type: DataType | undefined = vector?.type;
    if (!vector || !DataType.isFloat(type) || type.precision !== Precision.DOUBLE) {
      throw new CorruptSourceError({
        source: name,
        at: COLUMNS[key],
        reason: vector ? `column has type ${String(type)}` : 'column is missing',
      });
    }
    return Float64Array.from(vector.toArray() as Float64Array);
  };
  const windowStart = table.schema.metadata.get(WINDOW_START);
  if (windowStart === undefined) {
    throw new CorruptSourceError({ source: name, at: WINDOW_START, reason: 'metadata is missing' });
  }
  return {
    windowStart,
    samples: {
      latitude: column('latitude'),
      longitude: column('longitude'),
      depthKm: column('depthKm'),
      timeS: column('timeS'),
      magnitude: column('magnitude'),
      logWeight: column('logWeight'),
    },
  };
}
