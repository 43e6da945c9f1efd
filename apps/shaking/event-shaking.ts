/**
 * The map of shaking of a quake of the catalogue: its posterior samples are the prior's, phones and
 * felt reports of its window the observations. An event id in; map, summary and artifacts out.
 * @module
 */
import { storeShaking } from '../../activities/store-shaking.js';
import type { ArtifactRef } from '../../core/artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import type { EvidenceSet } from '../../core/evidence.js';
import { decodeSamples } from '../../models/detection/samples-table.js';
import type { ShakingSettings } from '../../models/shaking/describe.js';
import { equalSamples, observationsOf } from '../../models/shaking/event-data.js';
import type { ShakingObservation } from '../../models/shaking/observations.js';
import { openObjectStore } from '../../objectstore/open-store.js';
import { withCatalogue } from '../cli/connect.js';
import { loadConfig } from '../config.js';
import { makeShaking } from './make-shaking.js';

/** Throws InvalidInputError for an event that is not in the catalogue. */
export async function shakingOfEvent(input: {
  readonly eventId: string;
  /** Beyond what the event's window holds. */
  readonly extra: readonly ShakingObservation[];
  readonly settings: ShakingSettings;
  /** Makes it the event's map: files beside its exports, row in the catalogue. */
  readonly isPublished: boolean;
}): Promise<ReturnType<typeof makeShaking> & { readonly published: readonly ArtifactRef[] }> {
  return withCatalogue(async (catalogue) => {
    const quake = await catalogue.getEvent(input.eventId);
    if (!quake) {
      throw new InvalidInputError({
        what: 'event',
        reason: `'${input.eventId.slice(0, 80)}' is not in the catalogue`,
        remedy: 'list events with `quakeloom events`',
      });
    }
    const store = await openObjectStore({ url: loadConfig().objectStoreUrl });
    // The id asked for may have been merged into another.
    const { eventId, preferred } = quake;
    const { provenance, version } = preferred;
    const { samples } = decodeSamples(await store.get(provenance.posterior));
    const evidence = provenance.evidence
      ? (JSON.parse(new TextDecoder().decode(await store.get(provenance.evidence))) as EvidenceSet)
      : null;
    const made = makeShaking({
      eventId,
      samples: equalSamples(samples),
      samplesKnowData: true,
      mechanism: null,
      observations: [...(evidence ? observationsOf(evidence, preferred) : []), ...input.extra],
      settings: input.settings,
      notes: provenance.synthetic ? ['the event is SIMULATED'] : [],
    });
    if (!input.isPublished) return { ...made, published: [] };
    const row = await storeShaking({ store, catalogue, eventId, version, ...made });
    return { ...made, published: row.artifacts };
  });
}
