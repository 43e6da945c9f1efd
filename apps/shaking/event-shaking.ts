/**
 * The map of shaking of a quake of the catalogue: its posterior samples are the prior's, phones and
 * felt reports of its window the observations. An event id in; map, summary and artifacts out.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ArtifactRef } from '../../core/artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import type { EvidenceSet } from '../../core/evidence.js';
import { isoToNs } from '../../core/time.js';
import type { StoredOrigin } from '../../core/quake.js';
import type { PosteriorSamples } from '../../models/detection/event-posterior.js';
import { decodeSamples } from '../../models/detection/samples-table.js';
import {
  feltObservations,
  phoneObservations,
  type ShakingObservation,
} from '../../models/shaking/observations.js';
import type { QuakeSample } from '../../models/shaking/prior.js';
import { openObjectStore } from '../../objectstore/open-store.js';
import { withCatalogue } from '../cli/connect.js';
import { loadConfig } from '../config.js';
import { makeShaking, type ShakingSettings } from './make-shaking.js';

/** Shaking of an event arrives within this long after its origin, s: S at 300 km and coda. */
const SHAKING_S = 120;

/** Throws InvalidInputError for an event that is not in the catalogue. */
export async function shakingOfEvent(input: {
  readonly eventId: string;
  /** Beyond what the event's window holds. */
  readonly extra: readonly ShakingObservation[];
  readonly settings: ShakingSettings;
  /** Puts the files into the object store beside the event's exports. */
  readonly isPublished: boolean;
}): Promise<ReturnType<typeof makeShaking> & { readonly published: readonly ArtifactRef[] }> {
  const { eventId, settings } = input;
  const quake = await withCatalogue((catalogue) => catalogue.getEvent(eventId));
  if (!quake) {
    throw new InvalidInputError({
      what: 'event',
      reason: `'${eventId.slice(0, 80)}' is not in the catalogue`,
      remedy: 'list events with `quakeloom events`',
    });
  }
  const store = await openObjectStore({ url: loadConfig().objectStoreUrl });
  const { preferred } = quake;
  const { provenance } = preferred;
  const { samples } = decodeSamples(await store.get(provenance.posterior));
  const evidence = provenance.evidence
    ? (JSON.parse(new TextDecoder().decode(await store.get(provenance.evidence))) as EvidenceSet)
    : null;
  const made = makeShaking({
    eventId,
    samples: equalSamples(samples),
    mechanism: null,
    observations: [...(evidence ? observationsOf(evidence, preferred) : []), ...input.extra],
    settings,
    notes: provenance.synthetic ? ['the event is SIMULATED'] : [],
  });
  const published: ArtifactRef[] = [];
  if (input.isPublished) {
    const version = String(preferred.version).padStart(4, '0');
    for (const { name, bytes } of made.files) {
      const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      const key = `events/${eventId}/v${version}-${hash}-${name}`;
      published.push(await store.put({ key, kind: 'export', bytes }));
    }
  }
  return { ...made, published };
}

/** Draws of equal weight by systematic resampling (Kitagawa 1996) with the middle of each step. */
export function equalSamples(samples: PosteriorSamples, count = 32): QuakeSample[] {
  const largest = samples.logWeight.reduce((most, w) => Math.max(most, w), -Infinity);
  const weights = samples.logWeight.map((w) => Math.exp(w - largest));
  const total = weights.reduce((sum, w) => sum + w, 0);
  let row = 0;
  let reached = (weights[0] as number) / total;
  return Array.from({ length: count }, (_, i) => {
    while (reached < (i + 0.5) / count && row < weights.length - 1) {
      row++;
      reached += (weights[row] as number) / total;
    }
    return {
      latitude: samples.latitude[row] as number,
      longitude: samples.longitude[row] as number,
      depthKm: samples.depthKm[row] as number,
      magnitude: samples.magnitude[row] as number,
    };
  });
}

/** Peaks and felt cells of an event's window. */
export function observationsOf(
  evidence: EvidenceSet,
  stored: Pick<StoredOrigin, 'origin'>,
): ShakingObservation[] {
  const startNs = isoToNs(evidence.window.start);
  const fromS = Number(isoToNs(stored.origin.originTime) - startNs) / 1e9 - 5;
  return [
    ...phoneObservations(evidence.sensors, { fromS, toS: fromS + SHAKING_S }),
    ...feltObservations(evidence.reports?.cells ?? []),
  ];
}
