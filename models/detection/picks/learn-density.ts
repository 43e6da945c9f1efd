/** Density of epicentres by a kernel with a uniform floor (DESIGN 5). @module */
import type { EpicentreDensity, SearchBox } from './pick-model.js';

const CELL_KM = 2;
const KERNEL_KM = 3;
/** Share of events that come from anywhere: what is tried, and what the share is worth beforehand, events. */
const FLOORS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1] as const;
const PRIOR_EVENTS = 2;
const REACH_CELLS = Math.ceil((3 * KERNEL_KM) / CELL_KM);
const KERNEL = normalKernel();

/**
 * Log density over a uniform one on 2 km cells, smoothed by a normal kernel of 3 km, over a floor whose share
 * is the one by which each event is best foretold by the others: where twenty events lie far apart,
 * the next one is no likelier beside one of them.
 */
export function learnDensity(input: {
  readonly box: SearchBox;
  readonly events: readonly { readonly eastKm: number; readonly northKm: number }[];
}): EpicentreDensity {
  const { box, events } = input;
  const columns = Math.max(1, Math.ceil((box.east - box.west) / CELL_KM));
  const rows = Math.max(1, Math.ceil((box.north - box.south) / CELL_KM));
  let field = new Float64Array(columns * rows);
  const cellOf = events.map(({ eastKm, northKm }) => {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((eastKm - box.west) / CELL_KM)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((northKm - box.south) / CELL_KM)));
    return row * columns + column;
  });
  for (const cell of cellOf) field[cell]! += 1;
  field = blur(field, rows, columns, columns, 1);
  field = blur(field, columns, rows, 1, columns);
  const cells = columns * rows;
  const floor = bestFloor(field, cellOf, cells);
  const perCell = events.length / cells;
  return {
    cellKm: CELL_KM,
    columns,
    rows,
    logRatio: Float32Array.from(field, (value) =>
      Math.log(floor + ((1 - floor) * value) / perCell),
    ),
  };
}

/** Of FLOORS, the one with the largest log density of each event given the others. */
function bestFloor(field: Float64Array, cellOf: readonly number[], cells: number): number {
  const others = (cellOf.length - 1) / cells;
  const own = (KERNEL[REACH_CELLS] as number) ** 2;
  const ratios = cellOf.map((cell) => Math.max(0, (field[cell] as number) - own) / others);
  const score = (floor: number): number =>
    ratios.reduce(
      (sum, ratio) => sum + Math.log(floor + (1 - floor) * ratio),
      PRIOR_EVENTS * Math.log(floor),
    );
  return FLOORS.reduce((best, floor) => (score(floor) > score(best) ? floor : best));
}

function normalKernel(): readonly number[] {
  const weights = Array.from({ length: 2 * REACH_CELLS + 1 }, (_, k) =>
    Math.exp(-0.5 * (((k - REACH_CELLS) * CELL_KM) / KERNEL_KM) ** 2),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** Normal kernel along one axis; `lines` lines `lineStep` apart of `length` values `step` apart. */
function blur(
  field: Float64Array,
  lines: number,
  length: number,
  lineStep: number,
  step: number,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(field.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      const value = field[line * lineStep + i * step] as number;
      if (value === 0) continue;
      for (let k = -REACH_CELLS; k <= REACH_CELLS; k++) {
        const j = Math.min(length - 1, Math.max(0, i + k));
        result[line * lineStep + j * step]! += value * (KERNEL[k + REACH_CELLS] as number);
      }
    }
  }
  return result;
}
