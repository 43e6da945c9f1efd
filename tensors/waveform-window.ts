/**
 * `das.arrow` and `phones.arrow`: aligned waveforms as Arrow fixed-shape tensors, a row a sensor.
 * @module
 */
import { Field, Float64, Utf8, vectorFromArray, type Data, type DataType } from 'apache-arrow';
import { CorruptSourceError } from '../core/errors.js';
import {
  tensorColumn,
  tensorField,
  tensorShape,
  tensorValues,
} from '../core/tables/fixed-shape-tensor.js';
import { decodeTable, encodeTable, tableFromColumns } from '../core/tables/ipc.js';
import { nsToIso } from '../core/time.js';
import type { AlignedSensor, AlignedWaveforms } from '../core/waveform.js';
import { columnReader, metadataReader } from '../core/tables/column-reader.js';

const FORMAT = 'quakeloom.waveforms/1';

/**
 * Bytes of an Arrow file with columns id, latitude, longitude (degrees), elevation_m,
 * position_sigma_km, distance_m (null for devices), quality, `samples` float32 [component, time] and
 * `mask` uint8 [time]; schema metadata: format, units, start, start_ns, rate_hz, components (JSON),
 * sample_count.
 */
export function encodeWaveformWindow(waveforms: AlignedWaveforms): Uint8Array {
  const { sensors, sampleCount, components } = waveforms;
  const samplesField = tensorField('samples', 'float32', {
    shape: [components.length, sampleCount],
    dimNames: ['component', 'time'],
  });
  const maskField = tensorField('mask', 'uint8', { shape: [sampleCount], dimNames: ['time'] });
  const perSensor = components.length * sampleCount;
  const samples = new Float32Array(sensors.length * perSensor);
  const mask = new Uint8Array(sensors.length * sampleCount);
  sensors.forEach((sensor, row) => {
    samples.set(sensor.samples, row * perSensor);
    mask.set(sensor.mask, row * sampleCount);
  });
  const text = (pick: (s: AlignedSensor) => string): Data => column(sensors.map(pick), new Utf8());
  const real = (pick: (s: AlignedSensor) => number | null): Data =>
    column(sensors.map(pick), new Float64());
  const table = tableFromColumns(
    [
      new Field('id', new Utf8(), false),
      new Field('latitude', new Float64(), false),
      new Field('longitude', new Float64(), false),
      new Field('elevation_m', new Float64(), false),
      new Field('position_sigma_km', new Float64(), false),
      new Field('distance_m', new Float64(), true),
      new Field('quality', new Utf8(), false),
      samplesField,
      maskField,
    ],
    [
      text((s) => s.sensorId),
      real((s) => s.latitude),
      real((s) => s.longitude),
      real((s) => s.elevationM),
      real((s) => s.positionSigmaKm),
      real((s) => s.distanceM),
      text((s) => s.quality),
      tensorColumn(samplesField, samples),
      tensorColumn(maskField, mask),
    ],
    new Map([
      ['format', FORMAT],
      ['units', waveforms.units],
      ['start', nsToIso(waveforms.startNs)],
      ['start_ns', waveforms.startNs.toString()],
      ['rate_hz', String(waveforms.rateHz)],
      ['components', JSON.stringify(components)],
      ['sample_count', String(sampleCount)],
    ]),
  );
  return encodeTable(table);
}

/** Inverse of encodeWaveformWindow; samples are views of `bytes`. Throws CorruptSourceError. */
export function decodeWaveformWindow(bytes: Uint8Array, name: string): AlignedWaveforms {
  const table = decodeTable(bytes, name);
  const meta = metadataReader(table, name);
  const column = columnReader(table, name);
  const samplesColumn = column('samples');
  const components = JSON.parse(meta('components')) as string[];
  const sampleCount = Number(meta('sample_count'));
  const { shape } = tensorShape(table.schema.fields.find((f) => f.name === 'samples') as Field);
  if (shape[0] !== components.length || shape[1] !== sampleCount) {
    throw new CorruptSourceError({
      source: name,
      at: 'column samples',
      reason: `shape ${shape.join(' x ')}, but ${components.length} components x ${sampleCount}`,
    });
  }
  const samples = tensorValues(samplesColumn) as Float32Array;
  const mask = tensorValues(column('mask')) as Uint8Array;
  const perSensor = components.length * sampleCount;
  const get = <T>(field: string, row: number): T => column(field).get(row) as T;
  return {
    startNs: BigInt(meta('start_ns')),
    rateHz: Number(meta('rate_hz')),
    sampleCount,
    components,
    units: meta('units'),
    sensors: Array.from({ length: table.numRows }, (_, row) => ({
      sensorId: get<string>('id', row),
      latitude: get<number>('latitude', row),
      longitude: get<number>('longitude', row),
      elevationM: get<number>('elevation_m', row),
      positionSigmaKm: get<number>('position_sigma_km', row),
      distanceM: get<number | null>('distance_m', row),
      quality: get<string>('quality', row),
      samples: samples.subarray(row * perSensor, (row + 1) * perSensor),
      mask: mask.subarray(row * sampleCount, (row + 1) * sampleCount),
    })),
  };
}

function column(values: readonly unknown[], type: DataType): Data {
  return vectorFromArray([...values], type).data[0] as Data;
}
