/** A result beside its reference: the table of the demo. Pure. @module */
import { distanceKm } from '../../core/geo.js';
import type { Quake } from '../../core/quake.js';
import { isoToNs, secondsSince } from '../../core/time.js';
import type { Reference, ScenarioResult } from './scenario.js';

/** Differences of a found quake to its reference, found minus reference. */
export interface Differences {
  readonly timeS: number;
  readonly epicentreKm: number;
  readonly depthKm: number | null;
  readonly magnitude: number;
  /** Reference magnitude inside the 90 % interval. */
  readonly magnitudeCovered: boolean;
}

export function differences(found: Quake, reference: Reference): Differences {
  const { origin } = found.preferred;
  return {
    timeS: secondsSince(isoToNs(origin.originTime), isoToNs(reference.originTime)),
    epicentreKm: distanceKm(
      { latitude: origin.latitude.p50, longitude: origin.longitude.p50 },
      reference,
    ),
    depthKm: reference.depthKm === null ? null : origin.depthKm.p50 - reference.depthKm,
    magnitude: origin.magnitude.p50 - reference.magnitude,
    magnitudeCovered:
      origin.magnitude.p05 <= reference.magnitude && reference.magnitude <= origin.magnitude.p95,
  };
}

/** The quake nearest the reference in time, within two minutes; null when there is none. */
export function matchReference(quakes: readonly Quake[], reference: Reference): Quake | null {
  const offset = (quake: Quake): number =>
    Math.abs(
      secondsSince(isoToNs(quake.preferred.origin.originTime), isoToNs(reference.originTime)),
    );
  const near = quakes.filter((quake) => offset(quake) < 120);
  return [...near].sort((a, b) => offset(a) - offset(b))[0] ?? null;
}

/** Found, reference and difference as aligned lines. */
export function resultText(result: ScenarioResult): string {
  const { found, reference } = result;
  const lines: string[] = [];
  if (found) {
    const { origin } = found.preferred;
    const { ellipse90, magnitude } = origin;
    lines.push(
      `found      ${found.eventId} v${found.preferred.version}  ` +
        `${origin.originTime.slice(0, 21)}Z ±${origin.originTimeSdS.toFixed(1)} s  ` +
        `${origin.latitude.p50.toFixed(2)} ${origin.longitude.p50.toFixed(2)} ` +
        `(90 %: ${ellipse90.semiMajorKm.toFixed(0)} x ${ellipse90.semiMinorKm.toFixed(0)} km)  ` +
        `${origin.depthKm.p50.toFixed(0)} km (${origin.depthKm.p05.toFixed(0)}-` +
        `${origin.depthKm.p95.toFixed(0)})  M ${magnitude.p50.toFixed(1)} ` +
        `(${magnitude.p05.toFixed(1)}-${magnitude.p95.toFixed(1)})  ` +
        `p ${origin.existenceProbability.toFixed(3)}`,
    );
  } else if (reference) lines.push('found      nothing');
  if (reference) {
    const depth = reference.depthKm === null ? 'depth n/a' : `${reference.depthKm.toFixed(1)} km`;
    lines.push(
      `reference  ${reference.originTime.slice(0, 21).replace(/Z?$/, 'Z')}  ${reference.latitude.toFixed(2)} ` +
        `${reference.longitude.toFixed(2)}  ${depth}  M ${reference.magnitude.toFixed(1)}  ` +
        `(${reference.source})`,
    );
  }
  if (found && reference) {
    const d = differences(found, reference);
    const depth = d.depthKm === null ? '' : `  depth ${signed(d.depthKm)} km`;
    lines.push(
      `difference time ${signed(d.timeS)} s  epicentre ${d.epicentreKm.toFixed(0)} km` +
        `${depth}  M ${signed(d.magnitude)} (reference ` +
        `${d.magnitudeCovered ? 'inside' : 'outside'} the 90 % interval)`,
    );
    for (const note of found.preferred.origin.notes) lines.push(`note       ${note}`);
    const parts = found.preferred.origin.contributions.map(
      (each) => `${each.source} ${signed(each.nats)} (${each.items})`,
    );
    if (parts.length > 0) lines.push(`nats       ${parts.join(', ')}`);
  }
  return [...lines, ...result.lines].map((line) => `  ${line}\n`).join('');
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)}`;
}
