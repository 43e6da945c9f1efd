/**
 * Decoy windows: recorded worlds whose sensors are shifted in time against each other, so that no
 * origin can explain them together. What is declared on them is false by construction.
 * @module
 */
import type { EvidenceSet, SensorEvidence } from '../../../core/evidence.js';
import { createRandom, type Random } from '../../../core/random.js';
import { cableOf } from '../../../models/detection/sensor-model.js';
import { drawWorld, type World } from './world.js';

/** Waves cross the region in this time, s: shifts are longer. */
const CROSSING_S = 70;
const WINDOW_S = 300;

/**
 * A decoy made of a window without a declared event: every phone and every whole cable is shifted
 * by its own amount, of more than the crossing time, round the window's end; posts likewise.
 */
export function decoyOf(seed: number): World {
  const world = drawWorld({ seed: seed + 2_000_000, kind: 'noise' });
  const random = createRandom(seed + 77);
  const shifts = new Map<string, number>();
  const shiftOf = (sensor: SensorEvidence): number => {
    const group = sensor.source === 'das' ? cableOf(sensor.sensorId) : sensor.sensorId;
    const known = shifts.get(group);
    if (known !== undefined) return known;
    const made = drawShift(random);
    shifts.set(group, made);
    return made;
  };
  const { evidence } = world;
  const shifted: EvidenceSet = {
    ...evidence,
    sensors: evidence.sensors.map((sensor) => shiftSensor(sensor, shiftOf(sensor))),
    reports: evidence.reports && {
      ...evidence.reports,
      posts: evidence.reports.posts && {
        ...evidence.reports.posts,
        counts: rotate(evidence.reports.posts.counts, Math.round(drawShift(random) / 5)),
      },
    },
  };
  return { ...world, evidence: shifted };
}

const drawShift = (random: Random): number =>
  CROSSING_S + (WINDOW_S - 2 * CROSSING_S) * random.uniform();

function shiftSensor(sensor: SensorEvidence, shiftS: number): SensorEvidence {
  // Whole samples, so that the series and its arrivals keep together.
  const steps = Math.round(shiftS * sensor.series.rateHz);
  const exactS = steps / sensor.series.rateHz;
  const bytes = Buffer.from(sensor.series.llrBase64, 'base64');
  const at = bytes.length - 4 * steps;
  return {
    ...sensor,
    arrivals: sensor.arrivals
      .map((arrival) => ({ ...arrival, timeS: (arrival.timeS + exactS) % WINDOW_S }))
      .sort((a, b) => a.timeS - b.timeS),
    series: {
      ...sensor.series,
      llrBase64: Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]).toString('base64'),
    },
  };
}

function rotate(counts: readonly number[], by: number): number[] {
  const n = counts.length;
  return counts.map((_, i) => counts[(i - by + 2 * n) % n] as number);
}
