/**
 * Columns of number lists of any length, laid end to end (one copy).
 * @module
 */
import { Field, Float32, Float64, List, makeData, type Data } from 'apache-arrow';
import { InvalidInputError } from '../errors.js';

/** Type of a float32 list column; items are never null. */
export const FLOAT32_LIST = new List(new Field('item', new Float32(), false));
/** Type of a float64 list column; items are never null. */
export const FLOAT64_LIST = new List(new Field('item', new Float64(), false));

/** A row an array. */
export function float32Lists(arrays: readonly Float32Array[]): Data<List<Float32>> {
  const valueOffsets = listOffsets(arrays);
  const data = new Float32Array(valueOffsets[arrays.length] as number);
  arrays.forEach((array, i) => data.set(array, valueOffsets[i]));
  const child = makeData({ type: new Float32(), data, length: data.length, nullCount: 0 });
  const length = arrays.length;
  return makeData({ type: FLOAT32_LIST, length, nullCount: 0, valueOffsets, child });
}

/** A row an array. */
export function float64Lists(arrays: readonly Float64Array[]): Data<List<Float64>> {
  const valueOffsets = listOffsets(arrays);
  const data = new Float64Array(valueOffsets[arrays.length] as number);
  arrays.forEach((array, i) => data.set(array, valueOffsets[i]));
  const child = makeData({ type: new Float64(), data, length: data.length, nullCount: 0 });
  const length = arrays.length;
  return makeData({ type: FLOAT64_LIST, length, nullCount: 0, valueOffsets, child });
}

/** Offsets of an Arrow list are 32-bit. */
const MAX_VALUES = 2 ** 31 - 1;

/**
 * Where each list starts in the values, and where the last one ends. Throws InvalidInputError when
 * they are too many for one column.
 */
export function listOffsets(lists: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(lists.length + 1);
  let total = 0;
  lists.forEach((list, i) => {
    total += list.length;
    if (total > MAX_VALUES) {
      throw new InvalidInputError({
        what: 'list column',
        reason: `${lists.length} lists hold more than ${MAX_VALUES} values`,
        remedy: 'write several tables, or crop the data to what is needed',
      });
    }
    offsets[i + 1] = total;
  });
  return offsets;
}
