/**
 * Events as an Arrow IPC file: a row an origin (all versions), typed columns with their unit in the
 * name, times as nanoseconds UTC. Contributions have a column a source, null where it was not used.
 * Read it with pyarrow, DuckDB, polars or R. Pure.
 * @module
 */
import {
  Bool,
  Field,
  Float64,
  Int32,
  List,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampNanosecond,
  Utf8,
  makeData,
  makeVector,
  tableToIPC,
  vectorFromArray,
  type DataType,
  type Vector,
} from 'apache-arrow';
import { SOURCE_KINDS } from '../../core/evidence.js';
import type { OriginEstimate, StoredOrigin } from '../../core/quake.js';
import { isoToNs } from '../../core/time.js';
import type { ExportInput } from './quakes.js';

interface Row {
  readonly eventId: string;
  readonly preferred: boolean;
  readonly stored: StoredOrigin;
}

/** Encodes every origin of every event as one Arrow IPC file. */
export function encodeArrow(input: ExportInput): Uint8Array {
  const rows = input.quakes.flatMap(({ quake, origins }) =>
    origins.map((stored): Row => {
      const preferred = stored.version === quake.preferred.version;
      return { eventId: quake.eventId, preferred, stored };
    }),
  );
  const columns = columnsOf(rows);
  const fields = Object.entries(columns).map(
    ([name, { vector, nullable }]) => new Field(name, vector.type as DataType, nullable),
  );
  const metadata = new Map([
    ['quakeloom.kind', 'events'],
    ['quakeloom.version', '1'],
    ['quakeloom.generated_at', input.generatedAt],
  ]);
  const schema = new Schema(fields, metadata);
  const data = makeData({
    type: new Struct(fields),
    length: rows.length,
    nullCount: 0,
    children: Object.values(columns).map(({ vector }) => vector.data[0] as Vector['data'][number]),
  });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'file');
}

interface Column {
  readonly vector: Vector;
  readonly nullable: boolean;
}

function columnsOf(rows: readonly Row[]): Record<string, Column> {
  const text = (value: (row: Row) => string): Column => ({
    vector: vectorFromArray(rows.map(value), new Utf8()),
    nullable: false,
  });
  const time = (value: (row: Row) => string): Column => ({
    vector: makeVector(
      makeData({
        type: new TimestampNanosecond('UTC'),
        data: BigInt64Array.from(rows, (row) => isoToNs(value(row))),
      }),
    ),
    nullable: false,
  });
  const integer = (value: (row: Row) => number): Column => ({
    vector: makeVector(makeData({ type: new Int32(), data: Int32Array.from(rows, value) })),
    nullable: false,
  });
  const flag = (value: (row: Row) => boolean): Column => ({
    vector: vectorFromArray(rows.map(value), new Bool()),
    nullable: false,
  });
  const number = (value: (origin: OriginEstimate) => number): Column => ({
    vector: makeVector(
      makeData({
        type: new Float64(),
        data: Float64Array.from(rows, ({ stored }) => value(stored.origin)),
      }),
    ),
    nullable: false,
  });
  const optional = (value: (origin: OriginEstimate) => number | null): Column => ({
    vector: vectorFromArray(
      rows.map(({ stored }) => value(stored.origin)),
      new Float64(),
    ),
    nullable: true,
  });
  const marginal = (name: 'latitude' | 'longitude' | 'depthKm' | 'magnitude', as: string) =>
    Object.fromEntries(
      (['mean', 'sd', 'p05', 'p50', 'p95'] as const).map((part) => [
        part === 'mean' ? as : `${as}_${part}`,
        number((origin) => origin[name][part]),
      ]),
    );
  const contributions = Object.fromEntries(
    SOURCE_KINDS.map((source) => [
      `${source}_nats`,
      optional((o) => o.contributions.find((item) => item.source === source)?.nats ?? null),
    ]),
  );
  return {
    event_id: text((row) => row.eventId),
    version: integer(({ stored }) => stored.version),
    preferred: flag((row) => row.preferred),
    region_id: text(({ stored }) => stored.regionId),
    origin_time: time(({ stored }) => stored.origin.originTime),
    origin_time_sd_s: number((origin) => origin.originTimeSdS),
    ...marginal('latitude', 'latitude'),
    ...marginal('longitude', 'longitude'),
    ...marginal('depthKm', 'depth_km'),
    ...marginal('magnitude', 'magnitude'),
    ellipse90_semi_major_km: number((origin) => origin.ellipse90.semiMajorKm),
    ellipse90_semi_minor_km: number((origin) => origin.ellipse90.semiMinorKm),
    ellipse90_azimuth_deg: number((origin) => origin.ellipse90.azimuthDeg),
    existence_probability: number((origin) => origin.existenceProbability),
    arrivals_used: integer(({ stored }) => stored.origin.arrivalsUsed),
    sensors_up: integer(({ stored }) => stored.origin.sensorsUp),
    azimuthal_gap_deg: number((origin) => origin.azimuthalGapDeg),
    nearest_sensor_km: optional((origin) => origin.nearestSensorKm),
    ...contributions,
    notes: {
      vector: vectorFromArray(
        rows.map(({ stored }) => stored.origin.notes),
        new List(new Field('item', new Utf8(), false)),
      ),
      nullable: false,
    },
    synthetic: flag(({ stored }) => stored.provenance.synthetic),
    created_at: time(({ stored }) => stored.createdAt),
    code_version: text(({ stored }) => stored.provenance.codeVersion),
    workflow_id: text(({ stored }) => stored.provenance.workflowId),
    idempotency_key: text(({ stored }) => stored.idempotencyKey),
    provenance_json: text(({ stored }) => JSON.stringify(stored.provenance)),
  };
}
