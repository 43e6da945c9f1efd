/**
 * `reports.arrow`: binned reports as an Arrow fixed-shape tensor, a row a cell.
 * @module
 */
import { Field, Float64, Utf8, vectorFromArray, type Data, type DataType } from 'apache-arrow';
import { tensorColumn, tensorField, tensorValues } from '../core/tables/fixed-shape-tensor.js';
import { decodeTable, encodeTable, tableFromColumns } from '../core/tables/ipc.js';
import { nsToIso } from '../core/time.js';
import { REPORT_FEATURES, type ReportTensor } from './report-bins.js';
import { columnReader, metadataReader } from '../core/tables/column-reader.js';

/**
 * Bytes of an Arrow file with columns cell_id, latitude, longitude (degrees), radius_km (null for
 * reports without a place) and `counts` float32 [time, feature]. Schema metadata: features (JSON
 * names of the last axis), start and start_ns of bin 0 (before the window, for the background),
 * bin_s, bin_ns, timed_bins, and untimed_bin, the number of the one bin after the timed ones that
 * holds reports without a time of their own.
 */
export function encodeReportWindow(tensor: ReportTensor): Uint8Array {
  const { cells, timedBins } = tensor;
  const field = tensorField('counts', 'float32', {
    shape: [timedBins + 1, REPORT_FEATURES.length],
    dimNames: ['time', 'feature'],
  });
  const perCell = (timedBins + 1) * REPORT_FEATURES.length;
  const counts = new Float32Array(cells.length * perCell);
  cells.forEach((cell, row) => counts.set(cell.counts, row * perCell));
  const table = tableFromColumns(
    [
      new Field('cell_id', new Utf8(), false),
      new Field('latitude', new Float64(), true),
      new Field('longitude', new Float64(), true),
      new Field('radius_km', new Float64(), true),
      field,
    ],
    [
      column(
        cells.map((c) => c.cellId),
        new Utf8(),
      ),
      column(
        cells.map((c) => c.latitude),
        new Float64(),
      ),
      column(
        cells.map((c) => c.longitude),
        new Float64(),
      ),
      column(
        cells.map((c) => c.radiusKm),
        new Float64(),
      ),
      tensorColumn(field, counts),
    ],
    new Map([
      ['format', 'quakeloom.reports/1'],
      ['units', 'counts; intensitySum in intensity times responses'],
      ['features', JSON.stringify(REPORT_FEATURES)],
      ['start', nsToIso(tensor.startNs)],
      ['start_ns', tensor.startNs.toString()],
      ['bin_s', String(Number(tensor.binNs) / 1e9)],
      ['bin_ns', tensor.binNs.toString()],
      ['timed_bins', String(timedBins)],
      ['untimed_bin', String(timedBins)],
    ]),
  );
  return encodeTable(table);
}

/** Inverse of encodeReportWindow. Throws CorruptSourceError. */
export function decodeReportWindow(bytes: Uint8Array, name: string): ReportTensor {
  const table = decodeTable(bytes, name);
  const meta = metadataReader(table, name);
  const column = columnReader(table, name);
  const timedBins = Number(meta('timed_bins'));
  const perCell = (timedBins + 1) * REPORT_FEATURES.length;
  const counts = tensorValues(column('counts')) as Float32Array;
  return {
    startNs: BigInt(meta('start_ns')),
    binNs: BigInt(meta('bin_ns')),
    timedBins,
    cells: Array.from({ length: table.numRows }, (_, row) => ({
      cellId: column('cell_id').get(row) as string,
      latitude: column('latitude').get(row) as number | null,
      longitude: column('longitude').get(row) as number | null,
      radiusKm: column('radius_km').get(row) as number | null,
      counts: counts.subarray(row * perCell, (row + 1) * perCell),
    })),
  };
}

function column(values: readonly unknown[], type: DataType): Data {
  return vectorFromArray([...values], type).data[0] as Data;
}
