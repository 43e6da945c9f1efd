import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Table } from 'apache-arrow';
import { vectorFromArray, Utf8, type Data } from 'apache-arrow';
import { Field } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  tensorColumn,
  tensorField,
  tensorShape,
  tensorValues,
} from '../../../core/tables/fixed-shape-tensor.js';
import { decodeTable, encodeTable, tableFromColumns } from '../../../core/tables/ipc.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

const SHAPE = { shape: [2, 3], dimNames: ['component', 'time'] };
const samples = Float32Array.from({ length: 12 }, (_, i) => i / 8 - 0.5);
const mask = Uint8Array.from({ length: 6 }, (_, i) => i % 2);

function tensorTable(): Table {
  const fields = [
    new Field('id', new Utf8(), false),
    tensorField('samples', 'float32', SHAPE),
    tensorField('mask', 'uint8', { shape: [3], dimNames: ['time'] }),
  ];
  const columns = [
    vectorFromArray(['a', 'b'], new Utf8()).data[0] as Data,
    tensorColumn(fields[1] as Field, samples),
    tensorColumn(fields[2] as Field, mask),
  ];
  return tableFromColumns(fields, columns);
}

describe('fixed-shape tensors', () => {
  it('shape and values come back from a file', () => {
    const table = decodeTable(encodeTable(tensorTable()), 'test');
    const [, field] = table.schema.fields;
    expect(tensorShape(field as Field)).toEqual(SHAPE);
    expect(tensorValues(table.getChild('samples')!)).toEqual(samples);
    expect(tensorValues(table.getChild('mask')!)).toEqual(mask);
  });

  it('a slice and several chunks give their own values', () => {
    const table = tensorTable();
    expect(tensorValues(table.slice(1, 2).getChild('samples')!)).toEqual(samples.subarray(6));
    const twice = table.concat(table.slice(1, 2));
    expect(tensorValues(twice.getChild('samples')!)).toEqual(
      Float32Array.of(...samples, ...samples.subarray(6)),
    );
    expect(tensorValues(twice.getChild('mask')!)).toEqual(
      Uint8Array.of(...mask, ...mask.subarray(3)),
    );
  });

  it('no rows', () => {
    const field = tensorField('samples', 'float32', SHAPE);
    const table = tableFromColumns([field], [tensorColumn(field, new Float32Array(0))]);
    const back = decodeTable(encodeTable(table), 'test');
    expect(back.numRows).toBe(0);
    expect(tensorShape(back.schema.fields[0] as Field)).toEqual(SHAPE);
  });

  it('refuses part of a row, a nameless dimension and a column that is no tensor', () => {
    const field = tensorField('samples', 'float32', SHAPE);
    expect(() => tensorColumn(field, new Float32Array(7))).toThrow(/7 values .* multiple of 6/);
    expect(() => tensorField('x', 'uint8', { shape: [2, 2], dimNames: ['a'] })).toThrow(
      /2 sizes but 1 names/,
    );
    expect(() => tensorShape(new Field('x', new Utf8(), false))).toThrow(/not a fixed_shape/);
  });
});

describeWithPeers('fixed-shape tensors in pyarrow', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-tensor-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are FixedShapeTensorArrays with our shape, names and values', () => {
    const file = path.join(folder, 'tensors.arrow');
    writeFileSync(file, encodeTable(tensorTable()));
    const read = runPeer<{ type: string; shape: number[]; names: string[]; values: unknown }[]>(
      `
import json, sys, pyarrow as pa
table = pa.ipc.open_file(sys.argv[1]).read_all()
out = []
for name in ("samples", "mask"):
    column = table.column(name).combine_chunks()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    out.append({
        "type": type(column).__name__,
        "shape": list(column.type.shape),
        "names": list(column.type.dim_names),
        "values": column.to_numpy_ndarray().tolist(),
    })
print(json.dumps(out))
`,
      [file],
    );
    const cube = [0, 6].map((from) => [
      Array.from(samples.subarray(from, from + 3)),
      Array.from(samples.subarray(from + 3, from + 6)),
    ]);
    expect(read).toEqual([
      { type: 'FixedShapeTensorArray', shape: [2, 3], names: ['component', 'time'], values: cube },
      {
        type: 'FixedShapeTensorArray',
        shape: [3],
        names: ['time'],
        values: [Array.from(mask.subarray(0, 3)), Array.from(mask.subarray(3))],
      },
    ]);
  });
});
