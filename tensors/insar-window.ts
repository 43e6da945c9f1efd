/**
 * `insar.arrow`: InSAR scenes as Arrow fixed-shape tensors, a row a scene. Scenes of other shapes
 * are padded with NaN below and to the right up to the largest.
 * @module
 */
import {
  Field,
  FixedSizeList,
  Float64,
  Int32,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
  type DataType,
} from 'apache-arrow';
import {
  tensorColumn,
  tensorField,
  tensorShape,
  tensorValues,
} from '../core/tables/fixed-shape-tensor.js';
import { decodeTable, encodeTable, tableFromColumns } from '../core/tables/ipc.js';
import type { InsarScene } from '../core/waveform.js';
import { columnReader } from '../core/tables/column-reader.js';

/**
 * Bytes of an Arrow file with columns scene_id, first_date, second_date, rows, columns (true size),
 * transform (GDAL order, six float64), crs, wavelength_m, notes (JSON list), `los` float32 [y, x] in
 * m, + towards the satellite, `coherence` [y, x], `unit_vectors` [3, y, x] (east, north, up).
 * Scenes come sorted by first date, second date, id.
 */
export function encodeInsarWindow(scenes: readonly InsarScene[]): Uint8Array {
  const sorted = [...scenes].sort((a, b) => (sceneKey(a) < sceneKey(b) ? -1 : 1));
  const rows = Math.max(0, ...sorted.map((s) => s.rows));
  const columns = Math.max(0, ...sorted.map((s) => s.columns));
  const map = { shape: [rows, columns], dimNames: ['y', 'x'] };
  const losField = tensorField('los', 'float32', map);
  const coherenceField = tensorField('coherence', 'float32', map);
  const unitField = tensorField('unit_vectors', 'float32', {
    shape: [3, rows, columns],
    dimNames: ['enu', 'y', 'x'],
  });
  const pad = (planes: number, pick: (s: InsarScene) => Float32Array): Float32Array => {
    const all = new Float32Array(sorted.length * planes * rows * columns).fill(Number.NaN);
    sorted.forEach((scene, i) => {
      const values = pick(scene);
      for (let p = 0; p < planes; p++) {
        for (let y = 0; y < scene.rows; y++) {
          const from = (p * scene.rows + y) * scene.columns;
          const to = ((i * planes + p) * rows + y) * columns;
          all.set(values.subarray(from, from + scene.columns), to);
        }
      }
    });
    return all;
  };
  const text = (pick: (s: InsarScene) => string): Data => column(sorted.map(pick), new Utf8());
  const transformType = new FixedSizeList(6, new Field('item', new Float64(), false));
  const transforms = Float64Array.from(sorted.flatMap((s) => [...s.transform]));
  const table = tableFromColumns(
    [
      new Field('scene_id', new Utf8(), false),
      new Field('first_date', new Utf8(), false),
      new Field('second_date', new Utf8(), false),
      new Field('rows', new Int32(), false),
      new Field('columns', new Int32(), false),
      new Field('transform', transformType, false),
      new Field('crs', new Utf8(), false),
      new Field('wavelength_m', new Float64(), false),
      new Field('notes', new Utf8(), false),
      losField,
      coherenceField,
      unitField,
    ],
    [
      text((s) => s.sceneId),
      text((s) => s.firstDate),
      text((s) => s.secondDate),
      column(
        sorted.map((s) => s.rows),
        new Int32(),
      ),
      column(
        sorted.map((s) => s.columns),
        new Int32(),
      ),
      makeData({
        type: transformType,
        length: sorted.length,
        nullCount: 0,
        child: makeData({
          type: new Float64(),
          data: transforms,
          length: transforms.length,
          nullCount: 0,
        }),
      }),
      text((s) => s.crs),
      column(
        sorted.map((s) => s.wavelengthM),
        new Float64(),
      ),
      text((s) => JSON.stringify(s.notes)),
      tensorColumn(
        losField,
        pad(1, (s) => s.losM),
      ),
      tensorColumn(
        coherenceField,
        pad(1, (s) => s.coherence),
      ),
      tensorColumn(
        unitField,
        pad(3, (s) => s.unitVectors),
      ),
    ],
    new Map([
      ['format', 'quakeloom.insar/1'],
      ['units', 'm, + towards the satellite'],
    ]),
  );
  return encodeTable(table);
}

/** Inverse of encodeInsarWindow, padding removed. Throws CorruptSourceError. */
export function decodeInsarWindow(bytes: Uint8Array, name: string): InsarScene[] {
  const table = decodeTable(bytes, name);
  const column = columnReader(table, name);
  const field = table.schema.fields.find((f) => f.name === 'los');
  column('los');
  const [height = 0, width = 0] = tensorShape(field as Field).shape;
  const get = <T>(of: string, row: number): T => column(of).get(row) as T;
  const values = Object.fromEntries(
    ['los', 'coherence', 'unit_vectors'].map((of) => [of, tensorValues(column(of))]),
  ) as Record<string, Float32Array>;
  const crop = (of: string, planes: number, row: number, rows: number, columns: number) => {
    const cropped = new Float32Array(planes * rows * columns);
    const all = values[of] as Float32Array;
    for (let p = 0; p < planes; p++) {
      for (let y = 0; y < rows; y++) {
        const from = ((row * planes + p) * height + y) * width;
        cropped.set(all.subarray(from, from + columns), (p * rows + y) * columns);
      }
    }
    return cropped;
  };
  return Array.from({ length: table.numRows }, (_, row) => {
    const rows = get<number>('rows', row);
    const columns = get<number>('columns', row);
    return {
      sceneId: get<string>('scene_id', row),
      firstDate: get<string>('first_date', row),
      secondDate: get<string>('second_date', row),
      rows,
      columns,
      transform: [...get<Iterable<number>>('transform', row)] as unknown as InsarScene['transform'],
      crs: get<string>('crs', row),
      losM: crop('los', 1, row, rows, columns),
      coherence: crop('coherence', 1, row, rows, columns),
      unitVectors: crop('unit_vectors', 3, row, rows, columns),
      wavelengthM: get<number>('wavelength_m', row),
      notes: JSON.parse(get<string>('notes', row)) as string[],
    };
  });
}

function sceneKey(scene: InsarScene): string {
  return `${scene.firstDate} ${scene.secondDate} ${scene.sceneId}`;
}

function column(values: readonly unknown[], type: DataType): Data {
  return vectorFromArray([...values], type).data[0] as Data;
}
