/**
 * Cells of the search: where the stack looks, and when each channel would hear an origin there.
 * @module
 */
import { emptyArrival, timeTo } from '../../traveltime/travel-times.js';
import { logDepthPrior } from './depth-prior.js';
import type { PickModel } from './pick-model.js';

/** Origin times are sought in bins of this width, s. */
export const BIN_S = 0.5;
/** Weights are integers of this many to the nat: integer prefix sums are fast and exact. */
export const PER_NAT = 64;
/** Least and greatest weight of a pick, nats. */
export const WEIGHT = { min: 0.3, max: 5 };
/** Boxes reach this many bins out at most. */
export const PAD = 16;
/** Cells across the longer side of the box, and their limits, km. */
const CELLS_ACROSS = 26;
const CELL_KM = { min: 3, max: 12 };
/** Levels of the crust, and how much thicker than all above them the levels beneath are. */
const DEPTHS = 3;
const CRUST_KM = 30;
const DEEPER = 0.8;
const BLOCK_CELLS = 3;
/** Share of the near reach over which a far channel loses weight. */
const FADE = 0.75;

/** What a channel adds to a cell. */
export interface Entry {
  readonly channel: number;
  /** Travel time, bins. */
  readonly shift: number;
  /** Half width of the box, bins. */
  readonly half: number;
  readonly weight: number;
}

/** A cell and its channels. */
export interface Cell {
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  /** What the depth prior takes from the stack of a level under the crust, in parts of a nat. */
  readonly prior: number;
  readonly entries: readonly Entry[];
}

/** Cells of the box grouped in square blocks of all depths. */
export function blocksOf(model: PickModel): Cell[][] {
  const { box } = model;
  const longer = Math.max(box.east - box.west, box.north - box.south);
  const cellKm = Math.min(CELL_KM.max, Math.max(CELL_KM.min, longer / CELLS_ACROSS));
  const columns = Math.ceil((box.east - box.west) / cellKm);
  const rows = Math.ceil((box.north - box.south) / cellKm);
  const levels = depthLevels(box.deepest);
  // Levels of the crust are equal beforehand, as a quake's depth is the fit's business.
  const crust = Math.min(
    ...levels.slice(0, DEPTHS).map(({ depthKm }) => logDepthPrior(model.parameters, depthKm)),
  );
  const blocks: Cell[][] = [];
  for (let r = 0; r < rows; r += BLOCK_CELLS) {
    for (let c = 0; c < columns; c += BLOCK_CELLS) {
      const cells: Cell[] = [];
      for (let row = r; row < Math.min(rows, r + BLOCK_CELLS); row++) {
        for (let column = c; column < Math.min(columns, c + BLOCK_CELLS); column++) {
          for (const { depthKm, thicknessKm } of levels) {
            const eastKm = box.west + (column + 0.5) * cellKm;
            const northKm = box.south + (row + 0.5) * cellKm;
            cells.push({
              eastKm,
              northKm,
              depthKm,
              prior: Math.round(
                PER_NAT * Math.min(0, logDepthPrior(model.parameters, depthKm) - crust),
              ),
              entries: entriesOf(model, eastKm, northKm, depthKm, cellKm, thicknessKm),
            });
          }
        }
      }
      blocks.push(cells);
    }
  }
  return blocks;
}

/** Middles and thicknesses of the levels: three in the crust, below it ever thicker ones. */
function depthLevels(deepestKm: number): { depthKm: number; thicknessKm: number }[] {
  const crust = Math.min(deepestKm, CRUST_KM) / DEPTHS;
  const levels = Array.from({ length: DEPTHS }, (_, k) => ({
    depthKm: (k + 0.5) * crust,
    thicknessKm: crust,
  }));
  for (let top = CRUST_KM; top < deepestKm;) {
    const thicknessKm = Math.min(DEEPER * top, deepestKm - top);
    levels.push({ depthKm: top + thicknessKm / 2, thicknessKm });
    top += thicknessKm;
  }
  return levels;
}

function entriesOf(
  model: PickModel,
  eastKm: number,
  northKm: number,
  depthKm: number,
  cellKm: number,
  depthStepKm: number,
): Entry[] {
  const { stations, parameters, channels, table, reach } = model;
  const out = emptyArrival();
  const entries: Entry[] = [];
  for (let s = 0; s < stations.ids.length; s++) {
    const dx = eastKm - (stations.eastKm[s] as number);
    const dy = northKm - (stations.northKm[s] as number);
    const distance = Math.hypot(dx, dy);
    if (distance > reach.nearKm) continue;
    for (const phase of [0, 1] as const) {
      const channel = 2 * s + phase;
      timeTo(table, s, phase, dx, dy, depthKm, out);
      // A quarter of the side is the mean offset from the middle; residuals come on top.
      const spread =
        0.38 * cellKm * Math.abs(out.byDistance) +
        0.25 * depthStepKm * Math.abs(out.byDepth) +
        2 * (parameters.residualS[phase] as number);
      const half = Math.min(PAD - 2, Math.max(1, Math.round(spread / BIN_S)));
      const chance = (channels.falseRate[channel] as number) * (2 * half + 1) * BIN_S;
      const nats = Math.min(WEIGHT.max, Math.max(WEIGHT.min, Math.log(0.6 / chance)));
      entries.push({
        channel,
        shift: (out.timeS + (channels.termS[channel] as number)) / BIN_S,
        half,
        weight: Math.round(nats * Math.exp(-distance / (FADE * reach.nearKm)) * PER_NAT),
      });
    }
  }
  return entries;
}
