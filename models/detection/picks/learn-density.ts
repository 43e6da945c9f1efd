/** Density of epicentres by a kernel with a uniform floor (DESIGN 5). @module */
import type { EpicentreDensity, SearchBox } from './pick-model.js';

const CELL_KM = 2;
const KERNEL_KM = 3;
/** Share of events that come from anywhere. */
const FLOOR = 0.2;

/** Log density over a uniform one on 2 km cells, smoothed by a normal kernel of 3 km. */
export function learnDensity(input: {
  readonly box: SearchBox;
  readonly events: readonly { readonly eastKm: number; readonly northKm: number }[];
}): EpicentreDensity {
  const { box, events } = input;
  const columns = Math.max(1, Math.ceil((box.east - box.west) / CELL_KM));
  const rows = Math.max(1, Math.ceil((box.north - box.south) / CELL_KM));
  let field = new Float64Array(columns * rows);
  for (const { eastKm, northKm } of events) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((eastKm - box.west) / CELL_KM)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((northKm - box.south) / CELL_KM)));
    field[row * columns + column]! += 1;
  }
  field = blur(field, rows, columns, columns, 1);
  field = blur(field, columns, rows, 1, columns);
  const perCell = events.length / (columns * rows);
  return {
    cellKm: CELL_KM,
    columns,
    rows,
    logRatio: Float32Array.from(field, (value) =>
      Math.log(FLOOR + ((1 - FLOOR) * value) / perCell),
    ),
  };
}

/** Normal kernel along one axis; `lines` lines `lineStep` apart of `length` values `step` apart. */
function blur(
  field: Float64Array,
  lines: number,
  length: number,
  lineStep: number,
  step: number,
): Float64Array<ArrayBuffer> {
  const reach = Math.ceil((3 * KERNEL_KM) / CELL_KM);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-0.5 * (((k - reach) * CELL_KM) / KERNEL_KM) ** 2),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  const result = new Float64Array(field.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      const value = field[line * lineStep + i * step] as number;
      if (value === 0) continue;
      for (let k = -reach; k <= reach; k++) {
        const j = Math.min(length - 1, Math.max(0, i + k));
        result[line * lineStep + j * step]! += (value * (kernel[k + reach] as number)) / total;
      }
    }
  }
  return result;
}
