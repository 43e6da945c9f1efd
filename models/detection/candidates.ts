/**
 * Candidates for the posterior: peaks of the stack, coarse to fine, and what the reports alone
 * suggest.
 * @module
 */
import type { EvidenceSet, ReportCell } from '../../core/evidence.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import { gridCells, type Region } from '../../core/region.js';
import type { TravelTimeTable } from '../traveltime/travel-time-table.js';
import type { StackEngine } from './stack-engine.js';
import { planStack, type SearchCell } from './stack.js';

/** A place and time worth a posterior. */
export interface Candidate {
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  /** Origin time, s from the window's start; null when only cells without times suggest it. */
  readonly timeS: number | null;
  /** Stack value, nats; 0 for reports. */
  readonly score: number;
  readonly from: 'stack' | 'reports';
}

/** What the stack looked at. */
export interface StackWork {
  readonly cells: number;
  readonly cellSensorSamples: number;
}

const COARSE_STEP_S = 1;
const FINE_STEP_S = 0.5;
const FINE_SPAN_S = 10;
const FINE_DIVISION = 4;
/** Peaks closer in time than this are one candidate; the next round sees what is left of it. */
const SEPARATION_S = 15;
/** Stack values below this are not worth a look. */
const LEAST_SCORE = 2;
/** Posts come this long after the origin, typically. */
const TYPICAL_DELAY_S = 25;
/** Largest power of intensity: the centroid leans to the strongest cells. */
const CENTROID_POWER = 6;

/** At most `limit` stack peaks, best first, refined on a grid of a quarter of the spacing. */
export async function stackCandidates(input: {
  readonly engine: StackEngine;
  readonly evidence: EvidenceSet;
  readonly region: Region;
  readonly table: TravelTimeTable;
  readonly earliestS: number;
  readonly latestS: number;
  readonly limit: number;
}): Promise<{ readonly candidates: readonly Candidate[]; readonly work: StackWork }> {
  const { engine, evidence, region, table } = input;
  const { sensors } = evidence;
  if (sensors.length === 0) return { candidates: [], work: { cells: 0, cellSensorSamples: 0 } };
  const cells: SearchCell[] = gridCells(region).flatMap((cell) =>
    region.grid.depthsKm.map((depthKm) => ({ ...cell, depthKm })),
  );
  const times = {
    startS: input.earliestS,
    stepS: COARSE_STEP_S,
    count: Math.ceil((input.latestS - input.earliestS) / COARSE_STEP_S) + 1,
  };
  const { spacingKm } = region.grid;
  const coarse = await engine.run(planStack({ sensors, cells, times, table, spacingKm }));
  let cellSensorSamples = coarse.cellSensorSamples;
  const candidates: Candidate[] = [];
  for (const k of separatedPeaks(coarse.best, SEPARATION_S / COARSE_STEP_S, input.limit)) {
    const centre = cells[coarse.cell[k] as number] as SearchCell;
    const timeS = times.startS + k * times.stepS;
    const fineCells = around(centre, spacingKm, region);
    const fineTimes = {
      startS: timeS - FINE_SPAN_S / 2,
      stepS: FINE_STEP_S,
      count: FINE_SPAN_S / FINE_STEP_S + 1,
    };
    const fine = await engine.run(
      planStack({
        sensors,
        cells: fineCells,
        times: fineTimes,
        table,
        spacingKm: spacingKm / FINE_DIVISION,
      }),
    );
    cellSensorSamples += fine.cellSensorSamples;
    const at = fine.best.indexOf(fine.best.reduce((a, b) => Math.max(a, b)));
    const cell = fineCells[fine.cell[at] as number] as SearchCell;
    candidates.push({
      ...cell,
      timeS: fineTimes.startS + at * fineTimes.stepS,
      score: fine.best[at] as number,
      from: 'stack',
    });
  }
  return {
    candidates: candidates.sort((a, b) => b.score - a.score),
    work: { cells: cells.length, cellSensorSamples },
  };
}

/** Indices of peaks over LEAST_SCORE, best first, at least `separation` apart. */
export function separatedPeaks(
  values: Float32Array,
  separation: number,
  limit: number,
): readonly number[] {
  const order = Array.from(values, (_, k) => k).sort(
    (a, b) => (values[b] as number) - (values[a] as number) || a - b,
  );
  const peaks: number[] = [];
  for (const k of order) {
    if (peaks.length >= limit || (values[k] as number) < LEAST_SCORE) break;
    if (peaks.every((other) => Math.abs(other - k) >= separation)) peaks.push(k);
  }
  return peaks;
}

/** The candidate that reports alone suggest: centroid of strong cells, onset of the burst. */
export function reportCandidate(
  cells: readonly ReportCell[],
  burstOnsetS: number | null,
): Candidate | null {
  let weight = 0;
  let latitude = 0;
  let longitude = 0;
  for (const cell of cells) {
    if (cell.felt === 0 && cell.intensity === null) continue;
    // One loud person in an empty cell must not drag the centroid.
    const people = Math.sqrt(Math.min(20, Math.max(1, cell.felt)));
    const w = people * (cell.intensity ?? 2.5) ** CENTROID_POWER;
    weight += w;
    latitude += w * cell.latitude;
    longitude += w * cell.longitude;
  }
  if (weight === 0) return null;
  return {
    latitude: latitude / weight,
    longitude: longitude / weight,
    depthKm: 10,
    timeS: burstOnsetS === null ? null : burstOnsetS - TYPICAL_DELAY_S,
    score: 0,
    from: 'reports',
  };
}

/** 9 x 9 cells at all depths around a coarse cell, inside the region. */
function around(centre: SearchCell, spacingKm: number, region: Region): SearchCell[] {
  const step = spacingKm / FINE_DIVISION / KM_PER_DEGREE;
  const stepLon = step / Math.cos((centre.latitude * Math.PI) / 180);
  const { west, east, south, north } = region.bounds;
  const cells: SearchCell[] = [];
  for (let r = -FINE_DIVISION; r <= FINE_DIVISION; r++) {
    for (let c = -FINE_DIVISION; c <= FINE_DIVISION; c++) {
      const latitude = centre.latitude + r * step;
      const longitude = centre.longitude + c * stepLon;
      if (latitude < south || latitude > north || longitude < west || longitude > east) continue;
      for (const depthKm of region.grid.depthsKm) cells.push({ latitude, longitude, depthKm });
    }
  }
  return cells;
}
