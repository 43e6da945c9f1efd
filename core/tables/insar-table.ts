/**
 * Arrow table of InSAR scenes: what InSAR connectors hand on. A row a scene; grids are lists of
 * numbers with their rows and columns beside them, because scenes may differ in shape.
 * @module
 */
import {
  Field,
  Float32,
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
import { tableFromColumns } from './ipc.js';

const float32List = new List(new Field('item', new Float32(), false));
const float64List = new List(new Field('item', new Float64(), false));
const textList = new List(new Field('item', new Utf8(), false));

const FIELDS = [
  new Field('scene_id', new Utf8(), false),
  new Field('first_date', new Utf8(), false),
  new Field('second_date', new Utf8(), false),
  new Field('rows', new Int32(), false),
  new Field('columns', new Int32(), false),
  new Field('transform', float64List, false),
  new Field('crs', new Utf8(), false),
  new Field('los_m', float32List, false),
  new Field('coherence', float32List, false),
  new Field('unit_vectors', float32List, false),
  new Field('wavelength_m', new Float64(), false),
  new Field('notes', textList, false),
] as const;

/** List offsets are 32-bit; the unit vectors, three a pixel, reach that first. */
const MAX_VALUES = 2 ** 31 - 1;

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
          listColumn(
            scenes.map((s) => Float64Array.from(s.transform)),
            float64List,
          ),
          text((s) => s.crs),
          listColumn(
            scenes.map((s) => s.losM),
            float32List,
          ),
          listColumn(
            scenes.map((s) => s.coherence),
            float32List,
          ),
          listColumn(
            scenes.map((s) => s.unitVectors),
            float32List,
          ),
          vectorFromArray(
            scenes.map((s) => s.wavelengthM),
            new Float64(),
          ).data[0] as Data,
          textListColumn(scenes.map((s) => s.notes)),
        ];
  return tableFromColumns(FIELDS, columns, metadata);
}

/**
 * Scenes of a table made by insarTable; grids are views, not copies. Throws InvalidInputError when
 * a column is missing.
 */
export function insarScenes(table: Table): InsarScene[] {
  const columns = new Map<string, Vector>();
  for (const { name } of FIELDS) {
    const column = table.getChild(name);
    if (!column) {
      throw new InvalidInputError({
        what: 'InSAR table',
        reason: `it has no column ${name}`,
        remedy: 'write it with insarTable',
      });
    }
    columns.set(name, column);
  }
  const get = <T>(name: string, row: number): T => columns.get(name)?.get(row) as T;
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

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  let total = 0;
  lengths.forEach((length, i) => {
    total += length;
    if (total > MAX_VALUES) {
      throw new InvalidInputError({
        what: 'InSAR table',
        reason: `${lengths.length} scenes hold more than ${MAX_VALUES} values`,
        remedy: 'crop the scenes to the area of interest or write several tables',
      });
    }
    offsets[i + 1] = total;
  });
  return offsets;
}

function listColumn(
  lists: readonly (Float32Array | Float64Array)[],
  type: List<Float32> | List<Float64>,
): Data {
  const valueOffsets = offsetsOf(lists.map((list) => list.length));
  const total = valueOffsets[lists.length] as number;
  const item = (type.children[0] as Field).type;
  const values = item instanceof Float32 ? new Float32Array(total) : new Float64Array(total);
  lists.forEach((list, i) => values.set(list, valueOffsets[i]));
  const child =
    values instanceof Float32Array
      ? makeData({ type: new Float32(), data: values, length: total, nullCount: 0 })
      : makeData({ type: new Float64(), data: values, length: total, nullCount: 0 });
  return makeData({
    type: type as List,
    length: lists.length,
    nullCount: 0,
    valueOffsets,
    child,
  });
}

function textListColumn(lists: readonly (readonly string[])[]): Data {
  const flat = lists.flat();
  return makeData({
    type: textList,
    length: lists.length,
    nullCount: 0,
    valueOffsets: offsetsOf(lists.map((list) => list.length)),
    child: vectorFromArray(flat, new Utf8()).data[0] ?? makeData({ type: new Utf8() }),
  });
}
