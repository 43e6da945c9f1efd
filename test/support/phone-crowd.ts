/**
 * A small crowd of phones that only trigger, with what it sends: one quake, one stressor or nothing.
 * Drawn by the generator of crowds, which is not the model of the likelihood.
 * @module
 */
import type { CrowdEvidence } from '../../core/evidence.js';
import { createRandom } from '../../core/random.js';
import type { Region } from '../../core/region.js';
import type { PhoneSignalRow } from '../../core/tables/phone-signal-table.js';
import { isoToNs } from '../../core/time.js';
import type { EventState } from '../../models/detection/event-prior.js';
import {
  drawCrowd,
  drawSteady,
  mergeTriggers,
  quakeTriggers,
  triggersAt,
} from '../../models/generative/phone-crowd.js';
import { signalRows } from '../../models/generative/phone-signals.js';
import { ordinary, stressEpisode, type Stressor } from '../../models/generative/phone-stress.js';
import { crowdEvidence } from '../../models/phones/network/crowd-evidence.js';
import { binSignals } from '../../tensors/signal-cells.js';

export const CROWD_REGION: Region = {
  id: 'crowd',
  name: 'Region of a crowd',
  bounds: { west: -99.5, south: 18.5, east: -98.5, north: 19.5 },
  grid: { spacingKm: 20, depthsKm: [5, 15] },
  velocityModel: 'iasp91',
  minMagnitude: 4.5,
  maxMagnitude: 7.5,
};
export const CROWD_WINDOW = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:02:00Z' };
const LENGTH_S = 120;

/** What phones send in and before the window. */
export function crowdRows(input: {
  readonly seed: number;
  readonly phones?: number;
  readonly quake?: EventState;
  readonly stressor?: Stressor;
}): PhoneSignalRow[] {
  const random = createRandom(input.seed);
  const count = input.phones ?? 500;
  const { bounds } = CROWD_REGION;
  const crowd = drawCrowd({ random, bounds, cellKm: 5, count, towns: 4 });
  const steady = drawSteady(random, count, 0.5);
  const still = [...steady.keys()].filter((i) => steady[i] === 1);
  const episodes = [ordinary(random, still, LENGTH_S - 5)];
  if (input.stressor) {
    episodes.push(stressEpisode({ stressor: input.stressor, random, crowd, steady: still }));
  }
  const sets = episodes.map(({ phones, timesS }) =>
    triggersAt({ random, crowd, phones, timesS, untilS: LENGTH_S }),
  );
  const source = input.quake;
  if (source) sets.push(quakeTriggers({ random, crowd, steady, source, untilS: LENGTH_S }));
  const startNs = isoToNs(CROWD_WINDOW.start);
  return signalRows({ random, crowd, steady, triggers: mergeTriggers(sets), startNs });
}

/** Evidence of rows. */
export function evidenceOf(rows: readonly PhoneSignalRow[]): CrowdEvidence {
  const window = CROWD_WINDOW;
  return crowdEvidence({ signals: binSignals({ rows, window }), window });
}
