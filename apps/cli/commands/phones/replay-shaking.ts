/**
 * Shaking at the devices of a replay, measured and from the source. In: an estimate and the
 * evidence. Out: the strongest confirmed intensity, and where the source does not explain it.
 * @module
 */
import type { EvidenceSet } from '../../../../core/evidence.js';
import { distanceKm } from '../../../../core/geo.js';
import { cuaHeatonLog10Pga } from '../../../../models/groundmotion/cua-heaton.js';
import { mmiFromPga } from '../../../../models/groundmotion/intensity.js';
import {
  shakingField,
  unexplainedShaking,
} from '../../../../models/phones/network/shaking-field.js';
import type { ReplayEstimate } from './replay-estimate.js';

/** Source-free shaking of an update. */
export interface DeviceShaking {
  /** Strongest confirmed intensity at a device, MMI; null when there is none from 2. */
  readonly mmi: number | null;
  /** Devices where confirmed shaking exceeds what the source predicts by an MMI unit or more. */
  readonly beyondSource: readonly string[];
}

export function shakingAtDevices(estimate: ReplayEstimate, evidence: EvidenceSet): DeviceShaking {
  const { sensors } = evidence;
  const peaks = sensors.flatMap((sensor) => {
    const logs = sensor.arrivals.flatMap((a) =>
      a.log10Amplitude === null ? [] : [a.log10Amplitude],
    );
    return logs.length === 0 ? [] : [{ ...sensor, pgaGal: 10 ** Math.max(...logs) }];
  });
  const field = shakingField({ peaks, places: sensors });
  const sourceMmi = sensors.map((sensor) => {
    const km = distanceKm(estimate, sensor);
    const { depthKm, magnitude } = estimate;
    return mmiFromPga(10 ** cuaHeatonLog10Pga('S-soil', magnitude.mean, km, depthKm)).mmi;
  });
  const strongest = field.reduce<number | null>(
    (most, f) => (f && (most === null || f.mmi > most) ? f.mmi : most),
    null,
  );
  return {
    mmi: strongest,
    beyondSource: unexplainedShaking({ field, sourceMmi }).map(
      (i) => (sensors[i] as { sensorId: string }).sensorId,
    ),
  };
}
