/**
 * The canonical Arrow extension type `arrow.fixed_shape_tensor` (Arrow columnar format, "Canonical
 * Extension Types"): a FixedSizeList whose field metadata names the shape. pyarrow reads such a
 * column as FixedShapeTensorArray.
 * @module
 */
import {
  Field,
  FixedSizeList,
  Float32,
  Uint8,
  makeData,
  type Data,
  type Vector,
} from 'apache-arrow';
import { InvalidInputError } from '../errors.js';

export interface TensorShape {
  readonly shape: readonly number[];
  /** One name a dimension, for example ['component', 'time']. */
  readonly dimNames: readonly string[];
}

const EXTENSION_NAME = 'ARROW:extension:name';
const EXTENSION_METADATA = 'ARROW:extension:metadata';

/** Field of a tensor column; its values are non-null. */
export function tensorField(name: string, type: 'float32' | 'uint8', tensor: TensorShape): Field {
  const size = elementCount(tensor);
  const value = type === 'float32' ? new Float32() : new Uint8();
  const metadata = new Map([
    [EXTENSION_NAME, 'arrow.fixed_shape_tensor'],
    [EXTENSION_METADATA, JSON.stringify({ shape: tensor.shape, dim_names: tensor.dimNames })],
  ]);
  return new Field(name, new FixedSizeList(size, new Field('item', value, false)), false, metadata);
}

/** Column of tensors laid end to end in `values`; no copy. */
export function tensorColumn(
  field: Field,
  values: Float32Array | Uint8Array,
): Data<FixedSizeList<Float32 | Uint8>> {
  const type = field.type as FixedSizeList<Float32 | Uint8>;
  const length = type.listSize === 0 ? 0 : values.length / type.listSize;
  if (!Number.isInteger(length)) {
    throw new InvalidInputError({
      what: `tensor column ${field.name}`,
      reason: `${values.length} values are not a multiple of ${type.listSize}`,
      remedy: 'give every row the full shape',
    });
  }
  const child =
    values instanceof Float32Array
      ? makeData({ type: new Float32(), data: values, length: values.length, nullCount: 0 })
      : makeData({ type: new Uint8(), data: values, length: values.length, nullCount: 0 });
  return makeData({ type, length, nullCount: 0, child }) as Data<FixedSizeList<Float32 | Uint8>>;
}

/** Shape and names of a tensor column. Throws InvalidInputError when the field is no tensor. */
export function tensorShape(field: Field): TensorShape {
  const text = field.metadata.get(EXTENSION_METADATA);
  if (field.metadata.get(EXTENSION_NAME) !== 'arrow.fixed_shape_tensor' || text === undefined) {
    throw new InvalidInputError({
      what: `column ${field.name}`,
      reason: 'it is not a fixed_shape_tensor',
      remedy: 'write it with tensorField',
    });
  }
  const meta = JSON.parse(text) as { shape: number[]; dim_names?: string[] };
  return {
    shape: meta.shape,
    dimNames: meta.dim_names ?? meta.shape.map((_, i) => `dim${i}`),
  };
}

/** All values of a tensor column end to end; a view where the column is one chunk. */
export function tensorValues(column: Vector): Float32Array | Uint8Array {
  const parts = column.data.map((data) => {
    const type = data.type as FixedSizeList;
    const values = (data.children[0] as Data).values as Float32Array | Uint8Array;
    // apache-arrow cuts the child of a sliced list, so the list's own offset is not added again.
    return values.subarray(0, data.length * type.listSize);
  });
  if (parts.length === 1) return parts[0] as Float32Array | Uint8Array;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const all = parts[0] instanceof Uint8Array ? new Uint8Array(total) : new Float32Array(total);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function elementCount(tensor: TensorShape): number {
  if (tensor.shape.length !== tensor.dimNames.length) {
    throw new InvalidInputError({
      what: 'tensor shape',
      reason: `${tensor.shape.length} sizes but ${tensor.dimNames.length} names`,
      remedy: 'name every dimension',
    });
  }
  return tensor.shape.reduce((product, size) => product * size, 1);
}
