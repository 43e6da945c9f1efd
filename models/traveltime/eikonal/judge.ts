/** Measures an eikonal network against the sweeper on sources of its own. @module */
import { createRandom } from '../../../core/random.js';
import { sweep } from '../sweep.js';
import { BASIN_BOX, BASIN_SOURCE_DEPTH_KM, basinGrid } from './basin-region.js';
import { eikonalNetwork, type EikonalScale } from './network.js';
import type { EikonalFile } from './weights-file.js';

/** The sweeper's own error on this grid is under 2 ms. */
const STEP_KM = 1;
const SEED = 777;

/** Root mean square and largest difference over random sources and random nodes, s. */
export function judge(input: {
  readonly scale: EikonalScale;
  readonly weights: Float32Array;
  readonly sources?: number;
  readonly receivers?: number;
  readonly seed?: number;
}): EikonalFile['error'] {
  const { sources = 12, receivers = 3000, seed = SEED } = input;
  const network = eikonalNetwork(input.scale, input.weights);
  const { shape, velocityKmS } = basinGrid(STEP_KM);
  const [nx, ny, nz] = shape.nodes;
  const random = createRandom(seed);
  let sum = 0;
  let mostS = 0;
  for (let k = 0; k < sources; k++) {
    const source = [
      random.uniform() * BASIN_BOX.last[0],
      random.uniform() * BASIN_BOX.last[1],
      random.uniform() * BASIN_SOURCE_DEPTH_KM,
    ] as const;
    const field = sweep({ shape, velocityKmS, sourceKm: source });
    for (let n = 0; n < receivers; n++) {
      const node = [random.integer(nx), random.integer(ny), random.integer(nz)] as const;
      const place = [node[0] * STEP_KM, node[1] * STEP_KM, node[2] * STEP_KM] as const;
      const r = Math.hypot(place[0] - source[0], place[1] - source[1], place[2] - source[2]);
      const swept = r * (field.meanSlowness[(node[0] * ny + node[1]) * nz + node[2]] as number);
      const error = Math.abs(network(source, place).timeS - swept);
      sum += error * error;
      mostS = Math.max(mostS, error);
    }
  }
  const pairs = sources * receivers;
  return { rmsS: Math.sqrt(sum / pairs), mostS, sources, pairs };
}
