/**
 * Arrow table of InSAR scenes: what InSAR connectors hand on. A row a scene; grids are lists of
 * numbers with their rows and columns beside them, because scenes may differ in shape.
 * @module
 */
import type { Float32 } from 'apache-arrow';
import {
  Field,
  Float64,
  Int32,
  List,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
  type Table,
  type Vector,
} from 'apache-arrow';
import { InvalidInputError } from '../errors.js';
import type { InsarScene } from '../waveform.js';
import { columnReader } from './column-reader.js';
import { tableFromColumns } from './ipc.js';
import {
  FLOAT32_LIST,
  FLOAT64_LIST,
  float32Lists,
  float64Lists,
  listOffsets,
} from './list-column.js';

const textList = new List(new Field('item', new Utf8(), false));

const FIELDS = [
  new Field('scene_id', new Utf8(), false),
  new Field('first_date', new Utf8(), false),
  new Field('second_date', new Utf8(), false),
  new Field('rows', new Int32(), false),
  new Field('columns', new Int32(), false),
  new Field('transform', FLOAT64_LIST, false),
  new Field('crs', new Utf8(), false),
  new Field('los_m', FLOAT32_LIST, false),
  new Field('coherence', FLOAT32_LIST, false),
  new Field('unit_vectors', FLOAT32_LIST, false),
  new Field('wavelength_m', new Float64(), false),
  new Field('notes', textList, false),
] as const;

/**
 * Scenes to a table (one copy). Throws InvalidInputError when a grid does not have the size that
 * its scene states or when the scenes are too large for one table.
 */
export function insarTable(
  scenes: readonly InsarScene[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Table {
  scenes.forEach(checkSizes);
  const text = (pick: (s: InsarScene) => string): Data =>
    vectorFromArray(scenes.map(pick), new Utf8()).data[0] as Data;
  const integer = (pick: (s: InsarScene) => number): Data =>
    vectorFromArray(scenes.map(pick), new Int32()).data[0] as Data;
  const columns =
    scenes.length === 0
      ? FIELDS.map((field) => vectorFromArray([], field.type).data[0] as Data)
      : [
          text((s) => s.sceneId),
          text((s) => s.firstDate),
          text((s) => s.secondDate),
          integer((s) => s.rows),
          integer((s) => s.columns),
          float64Lists(scenes.map((s) => Float64Array.from(s.transform))),
          text((s) => s.crs),
          float32Lists(scenes.map((s) => s.losM)),
          float32Lists(scenes.map((s) => s.coherence)),
          float32Lists(scenes.map((s) => s.unitVectors)),
          vectorFromArray(
            scenes.map((s) => s.wavelengthM),
            new Float64(),
          ).data[0] as Data,
          textListColumn(scenes.map((s) => s.notes)),
        ];
  return tableFromColumns(FIELDS, columns, metadata);
}

/**
 * Scenes of a table made by insarTable; grids are views, not copies. Throws CorruptSourceError
 * when a column is missing.
 */
export function insarScenes(table: Table): InsarScene[] {
  const column = columnReader(table, 'InSAR table');
  const get = <T>(name: string, row: number): T => column(name).get(row) as T;
  const floats = (name: string, row: number): Float32Array =>
    get<Vector<Float32>>(name, row).toArray() as Float32Array;
  return Array.from({ length: table.numRows }, (_, row) => ({
    sceneId: get<string>('scene_id', row),
    firstDate: get<string>('first_date', row),
    secondDate: get<string>('second_date', row),
    rows: get<number>('rows', row),
    columns: get<number>('columns', row),
    transform: [
      ...(get<Vector<Float64>>('transform', row).toArray() as Float64Array),
    ] as unknown as InsarScene['transform'],
    crs: get<string>('crs', row),
    losM: floats('los_m', row),
    coherence: floats('coherence', row),
    unitVectors: floats('unit_vectors', row),
    wavelengthM: get<number>('wavelength_m', row),
    notes: [...get<Vector<Utf8>>('notes', row)] as string[],
  }));
}

function checkSizes(scene: InsarScene): void {
  const pixels = scene.rows * scene.columns;
  const wrong = [
    ['losM', scene.losM.length, pixels],
    ['coherence', scene.coherence.length, pixels],
    ['unitVectors', scene.unitVectors.length, 3 * pixels],
  ].find(([, length, wanted]) => length !== wanted);
  if (wrong) {
    throw new InvalidInputError({
      what: `scene ${scene.sceneId}`,
      reason: `${wrong[0]} has ${wrong[1]} values, ${scene.rows} x ${scene.columns} need ${wrong[2]}`,
      remedy: 'give every grid the size of the scene',
    });
  }
}

function textListColumn(lists: readonly (readonly string[])[]): Data {
  const flat = lists.flat();
  return makeData({
    type: textList,
    length: lists.length,
    nullCount: 0,
    valueOffsets: listOffsets(lists),
    child: vectorFromArray(flat, new Utf8()).data[0] ?? makeData({ type: new Utf8() }),
  });
}
