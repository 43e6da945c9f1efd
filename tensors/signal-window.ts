/**
 * `crowd.arrow`: binned signals of phones as an Arrow fixed-shape tensor, a row a cell.
 * @module
 */
import { Field, Float64, Utf8 } from 'apache-arrow';
import { columnReader, metadataReader } from '../core/tables/column-reader.js';
import { tensorColumn, tensorField, tensorValues } from '../core/tables/fixed-shape-tensor.js';
import { float64Column, utf8Column } from '../core/tables/flat-column.js';
import { decodeTable, encodeTable, tableFromColumns } from '../core/tables/ipc.js';
import { nsToIso } from '../core/time.js';
import { SIGNAL_FEATURES, type SignalTensor } from './signal-cells.js';

const FORMAT = 'quakeloom.crowd/1';
const NUMBERS = [
  ['latitude', 'latitude'],
  ['longitude', 'longitude'],
  ['scatter_km', 'scatterKm'],
  ['active', 'active'],
  ['triggers_before', 'triggersBefore'],
] as const;

/**
 * Bytes of an Arrow file with columns cell_id, latitude, longitude (degrees), scatter_km, active,
 * triggers_before and `values` float32 [time, feature]. Schema metadata: format, features (JSON names
 * of the last axis), start and start_ns of bin 0, bin_s, bin_ns, bins, lead_s, uptime and left (JSON).
 */
export function encodeSignalWindow(tensor: SignalTensor): Uint8Array {
  const { cells, bins } = tensor;
  const field = tensorField('values', 'float32', {
    shape: [bins, SIGNAL_FEATURES.length],
    dimNames: ['time', 'feature'],
  });
  const perCell = bins * SIGNAL_FEATURES.length;
  const values = new Float32Array(cells.length * perCell);
  cells.forEach((cell, row) => values.set(cell.values, row * perCell));
  const table = tableFromColumns(
    [
      new Field('cell_id', new Utf8(), false),
      ...NUMBERS.map(([name]) => new Field(name, new Float64(), false)),
      field,
    ],
    [
      utf8Column(cells.map((cell) => cell.cellId)),
      ...NUMBERS.map(([, property]) => float64Column(cells.map((cell) => cell[property]))),
      tensorColumn(field, values),
    ],
    new Map([
      ['format', FORMAT],
      ['units', 'counts; clockVariance s^2; logOdds nats; log10Peak of gal'],
      ['features', JSON.stringify(SIGNAL_FEATURES)],
      ['start', nsToIso(tensor.startNs)],
      ['start_ns', tensor.startNs.toString()],
      ['bin_s', String(Number(tensor.binNs) / 1e9)],
      ['bin_ns', tensor.binNs.toString()],
      ['bins', String(bins)],
      ['lead_s', String(tensor.leadS)],
      ['uptime', JSON.stringify(tensor.uptime)],
      ['left', JSON.stringify(tensor.left)],
    ]),
  );
  return encodeTable(table);
}

/** Whether an Arrow file is one of these, and no table of waveforms. */
export function isSignalWindow(bytes: Uint8Array, name: string): boolean {
  return decodeTable(bytes, name).schema.metadata.get('format') === FORMAT;
}

/** Inverse of encodeSignalWindow. Throws CorruptSourceError. */
export function decodeSignalWindow(bytes: Uint8Array, name: string): SignalTensor {
  const table = decodeTable(bytes, name);
  const meta = metadataReader(table, name);
  const column = columnReader(table, name);
  const bins = Number(meta('bins'));
  const perCell = bins * SIGNAL_FEATURES.length;
  const values = tensorValues(column('values')) as Float32Array;
  const number = (property: string, row: number): number => column(property).get(row) as number;
  return {
    startNs: BigInt(meta('start_ns')),
    binNs: BigInt(meta('bin_ns')),
    bins,
    cells: Array.from({ length: table.numRows }, (_, row) => ({
      cellId: column('cell_id').get(row) as string,
      latitude: number('latitude', row),
      longitude: number('longitude', row),
      scatterKm: number('scatter_km', row),
      active: number('active', row),
      triggersBefore: number('triggers_before', row),
      values: values.subarray(row * perCell, (row + 1) * perCell),
    })),
    uptime: JSON.parse(meta('uptime')) as SignalTensor['uptime'],
    leadS: Number(meta('lead_s')),
    left: JSON.parse(meta('left')) as SignalTensor['left'],
  };
}
