/**
 * Cells of a crowd as sensors, for what only proposes: the stack that finds candidates, and the
 * arrival that the sampler's clock hangs on. Nothing of it enters the posterior.
 * @module
 */
import { encodeFloat32, type CrowdEvidence, type SensorEvidence } from '../../../core/evidence.js';
import { LOG10_TRIGGER_PEAK } from './cell-model.js';
import type { PreparedCell } from './cell-likelihood.js';

/** Cells looked at: those with most triggers. */
const MOST_SENSORS = 48;
/** A wave worth a candidate triggers this share of a cell within so many bins. */
const NOMINAL_SHARE = 0.3;
const ACROSS_BINS = 3;
/** Triggers of a cell within `ACROSS_BINS` that make an arrival. */
const LEAST_TRIGGERS = 2;

/** Sensors with a series of log-likelihood ratios of an onset, and the cell's first burst as arrival. */
export function crowdSensors(
  crowd: CrowdEvidence,
  cells: readonly PreparedCell[],
): SensorEvidence[] {
  return [...cells]
    .sort(
      (a, b) => b.weight * b.triggered - a.weight * a.triggered || b.cell.active - a.cell.active,
    )
    .slice(0, MOST_SENSORS)
    .map((prepared) => sensorOf(prepared, crowd.binS));
}

function sensorOf(prepared: PreparedCell, binS: number): SensorEvidence {
  const { cell, weight, rateHz } = prepared;
  const startS = Math.min(...cell.uptime.map((u) => u.startS));
  const endS = Math.max(...cell.uptime.map((u) => u.endS));
  const bins = Math.max(1, Math.ceil((endS - startS) / binS));
  const counts = new Float64Array(bins + ACROSS_BINS);
  cell.bins.forEach(({ timeS, count }) => {
    const k = Math.floor((timeS - startS) / binS);
    if (k >= 0 && k < bins) counts[k] = (counts[k] as number) + count;
  });
  const spanS = ACROSS_BINS * binS;
  const gain = Math.log(1 - NOMINAL_SHARE + NOMINAL_SHARE / (spanS * rateHz));
  const silence = Math.log(1 - NOMINAL_SHARE);
  const series = new Float32Array(bins);
  let onset: { bin: number; llr: number } | null = null;
  for (let k = 0; k < bins; k++) {
    let seen = 0;
    for (let j = 0; j < ACROSS_BINS; j++) seen += counts[k + j] as number;
    const llr = weight * (seen * gain + Math.max(0, cell.active - seen) * silence);
    series[k] = llr;
    if (seen >= Math.min(LEAST_TRIGGERS, cell.active) && llr > (onset?.llr ?? 0)) {
      onset = { bin: k, llr };
    }
  }
  return {
    source: 'phones',
    sensorId: `crowd ${cell.cellId}`,
    latitude: cell.latitude,
    longitude: cell.longitude,
    elevationM: 0,
    positionSigmaKm: cell.scatterKm,
    uptime: cell.uptime,
    falseRateHz: rateHz,
    quantity: 'pga-gal',
    log10Threshold: LOG10_TRIGGER_PEAK,
    arrivals: onset
      ? [
          {
            phase: 'unknown',
            timeS: startS + (onset.bin + ACROSS_BINS / 2) * binS,
            sigmaS: spanS / 2,
            logLikelihoodRatio: onset.llr,
            log10Amplitude: null,
          },
        ]
      : [],
    series: { startS, rateHz: 1 / binS, llrBase64: encodeFloat32(series) },
    notes: [],
  };
}
