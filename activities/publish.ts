/**
 * Catalogue and outputs: quakes in, exports out; hints to the entities that follow events.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import type { SegmentRow } from '../core/catalogue.js';
import { UnavailableError, UnsupportedSourceError } from '../core/errors.js';
import type { OriginDraft, StoredOrigin } from '../core/quake.js';
import type { RegionConfig } from '../core/region.js';
import type { DeformationResult, QuakeLine } from '../core/stages.js';
import { nsToIso, type TimeWindow } from '../core/time.js';
import { distanceKm } from '../core/geo.js';
import { EXPORT_FORMATS } from '../catalogue/export/formats.js';
import type { ExportedQuake } from '../catalogue/export/quakes.js';
import type { ActivityDeps } from './deps.js';
import { sealFibres } from './seal-fibres.js';
import { publishShaking } from './publish-shaking.js';
import { step } from './step.js';
import { exportKey } from './store-shaking.js';

/** Formats written for every event as it changes. */
const PUBLISHED = ['quakeml', 'geojson'] as const;

/** Segments read from the index at a time. */
const SEGMENT_PAGE = 500;

/** The activities around the catalogue. */
export function createPublishActivities(deps: ActivityDeps) {
  return {
    /** Configuration of a region. */
    loadRegion: (input: { regionId: string }): Promise<RegionConfig> =>
      step(async () => {
        const region = await deps.catalogue.getRegion(input.regionId);
        if (!region) {
          throw new UnsupportedSourceError({
            source: `region ${input.regionId}`,
            reason: 'it is not in the catalogue',
            remedy: 'add it with `quakeloom region add FILE`',
          });
        }
        return region;
      }),

    /** Time spans of segments that came after the cursor; windows of live fibres are sealed first. */
    readSegments: (input: {
      regionId: string;
      afterId: number;
    }): Promise<{ cursor: number; spans: TimeWindow[] }> =>
      step(async (context) => {
        const region = await deps.catalogue.getRegion(input.regionId);
        const nowNs = BigInt(Date.now()) * 1_000_000n;
        if (region) await sealFibres(deps, { region, nowNs, context });
        const rows = await deps.catalogue.segmentsAfter({ ...input, limit: SEGMENT_PAGE });
        // Heartbeats come all the time and are no reason to look at a window: bursts of triggers are.
        const isSignals = ({ artifact }: SegmentRow): boolean => artifact.kind === 'phone-signals';
        const spans: { startNs: bigint; endNs: bigint }[] = rows.filter((row) => !isSignals(row));
        for (const { artifact } of rows.filter(isSignals)) {
          const table = await deps.store.get(artifact);
          const { bursts } = await deps.compute.run(
            'triggerBursts',
            { table },
            { signal: context.signal },
          );
          spans.push(...bursts);
        }
        return {
          cursor: rows.at(-1)?.id ?? input.afterId,
          spans: mergeSpans(spans.map(({ startNs, endNs }) => ({ startNs, endNs }))),
        };
      }),

    /** Appends origins; the same draft twice is one row. */
    updateCatalogue: (input: {
      drafts: readonly OriginDraft[];
      eventId?: string;
    }): Promise<QuakeLine[]> =>
      step(async () => {
        const lines: QuakeLine[] = [];
        for (const draft of input.drafts) {
          const stored = await deps.catalogue.appendOrigin(
            draft,
            input.eventId ? { eventId: input.eventId } : undefined,
          );
          lines.push(quakeLine(stored));
        }
        return lines;
      }),

    /**
     * Writes the exports of events to the object store, and maps of shaking beside them. A map that
     * cannot be made is told in the notes of what is written.
     */
    publishEvents: (input: { eventIds: readonly string[] }): Promise<ArtifactRef[]> =>
      step(async (context) => {
        const refs: ArtifactRef[] = [];
        for (const eventId of input.eventIds) {
          const quake = await deps.catalogue.getEvent(eventId);
          if (!quake) continue;
          const note = await publishShaking(deps, quake, context);
          const origins = await deps.catalogue.listOrigins(eventId);
          const exported = note === null ? { quake, origins } : withNote({ quake, origins }, note);
          for (const format of PUBLISHED) {
            const { encode, extension } = EXPORT_FORMATS[format];
            // The newest version dates the file, so that publishing again gives the same bytes.
            const generatedAt = quake.preferred.createdAt;
            const output = encode({ quakes: [exported], generatedAt });
            const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : output;
            const { version } = quake.preferred;
            const key = `${exportKey({ eventId, version, bytes })}.${extension}`;
            refs.push(await deps.store.put({ key, kind: 'export', bytes }));
          }
        }
        return refs;
      }),

    /** Scenes that span quakes start an inversion for each quake large enough to be seen. */
    offerLateEvidence: (input: {
      regionId: string;
      quakes: readonly QuakeLine[];
      scenes: readonly ArtifactRef[];
    }): Promise<string[]> =>
      step(async () => {
        // Smaller quakes move the ground less than the noise of a scene.
        const visible = input.quakes.filter((quake) => quake.magnitude >= 5);
        const { regionId, scenes } = input;
        return Promise.all(
          visible.map((quake) =>
            deps.workflows.startInversion({
              regionId,
              scenes,
              event: { eventId: quake.eventId, version: quake.version },
            }),
          ),
        );
      }),

    /** Tells the event that a deformation belongs to; null when there is none. */
    notifyEvent: (input: {
      region: RegionConfig;
      deformation: DeformationResult;
      event?: { eventId: string; version: number };
    }): Promise<string | null> =>
      step(async () => {
        const event = input.event ?? (await matchEvent(deps, input));
        const artifact = input.deformation.artifacts[0];
        if (!event || !artifact) return null;
        await deps.workflows.signalEvent({
          eventId: event.eventId,
          evidence: {
            deformationId: input.deformation.deformationId,
            artifact,
            basis: event.version,
          },
        });
        return `told event ${event.eventId}`;
      }),
  };
}

/** The event with one more note at its preferred origin. */
function withNote({ quake, origins }: ExportedQuake, note: string): ExportedQuake {
  const { preferred } = quake;
  const { origin } = preferred;
  const noted = { ...preferred, origin: { ...origin, notes: [...origin.notes, note] } };
  return {
    quake: { ...quake, preferred: noted },
    origins: origins.map((each) => (each.version === preferred.version ? noted : each)),
  };
}

/** One line about a stored origin. */
export function quakeLine(stored: StoredOrigin): QuakeLine {
  const { origin } = stored;
  return {
    eventId: stored.eventId,
    version: stored.version,
    originTime: origin.originTime,
    latitude: origin.latitude.p50,
    longitude: origin.longitude.p50,
    depthKm: origin.depthKm.p50,
    magnitude: origin.magnitude.p50,
    probability: origin.existenceProbability,
  };
}

/** The largest event between the dates of the scenes within a fault length of the source. */
async function matchEvent(
  deps: ActivityDeps,
  input: { region: RegionConfig; deformation: DeformationResult },
): Promise<{ eventId: string; version: number } | null> {
  const { firstDate, secondDate, latitude, longitude } = input.deformation.summary;
  if (
    typeof firstDate !== 'string' ||
    typeof secondDate !== 'string' ||
    typeof latitude !== 'number' ||
    typeof longitude !== 'number'
  ) {
    throw new UnavailableError({
      what: `event of ${input.deformation.deformationId}`,
      reason: 'the inversion names no dates or no place',
      remedy: 'give the event id',
      retryable: false,
    });
  }
  const events = await deps.catalogue.listEvents({
    regionId: input.region.id,
    from: `${firstDate}T00:00:00Z`,
    to: `${secondDate}T23:59:59Z`,
    minMagnitude: 4.5,
    orderBy: 'magnitude',
  });
  const near = events.find(
    ({ preferred: { origin } }) =>
      distanceKm(
        { latitude, longitude },
        { latitude: origin.latitude.p50, longitude: origin.longitude.p50 },
      ) < 50,
  );
  return near ? { eventId: near.eventId, version: near.preferred.version } : null;
}

function mergeSpans(spans: readonly { startNs: bigint; endNs: bigint }[]): TimeWindow[] {
  const sorted = [...spans].sort((a, b) => (a.startNs < b.startNs ? -1 : 1));
  const merged: { startNs: bigint; endNs: bigint }[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last && span.startNs <= last.endNs) {
      if (span.endNs > last.endNs) last.endNs = span.endNs;
    } else merged.push({ ...span });
  }
  return merged.map(({ startNs, endNs }) => ({ start: nsToIso(startNs), end: nsToIso(endNs) }));
}
