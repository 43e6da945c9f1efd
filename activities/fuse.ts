/**
 * Aligned window, evidence, posterior: the middle of the way.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ArtifactRef } from '../core/artifact.js';

import type { EvidenceSet, SourceKind } from '../core/evidence.js';
import type { OriginDraft, OriginEstimate } from '../core/quake.js';
import { seedFromText } from '../core/random.js';
import type { RegionConfig } from '../core/region.js';
import { WINDOW_FILES, type WindowFile } from '../core/stages.js';
import type {
  AlignInput,
  DetectInput,
  DetectResult,
  EvidenceSummary,
  SealedWindow,
} from '../core/stages.js';
import { isoToNs, secondsToNs, type TimeWindow } from '../core/time.js';
import { encodeSamples } from '../models/detection/samples-table.js';
import { buildWindowManifest } from '../tensors/window-manifest.js';
import { sha256, shortHash } from './content-hash.js';
import type { ActivityDeps } from './deps.js';
import { peopleOf } from './people.js';
import { step } from './step.js';

/** Posterior samples kept a quake. */
const SAMPLES = 1000;

/** The fusing activities. */
export function createFuseActivities(deps: ActivityDeps) {
  const bytesOf = async (refs: readonly ArtifactRef[]): Promise<Uint8Array[]> =>
    Promise.all(refs.map((ref) => deps.store.get(ref)));
  const withPeople = peopleOf(deps);

  return {
    /** Seals a window: all sources on one clock, one Arrow file each, and window.json. */
    alignWindow: (input: AlignInput): Promise<SealedWindow> =>
      step(async ({ signal, report }) => {
        const { region, window, reach, ingested } = input;
        const sources: Partial<Record<SourceKind, Uint8Array[]>> = {};
        for (const result of ingested) {
          if (result.artifacts.length > 0) {
            sources[result.source] = await bytesOf(result.artifacts);
          }
        }
        const aligned = await deps.compute.run(
          'alignWindow',
          { window: reach, sources },
          { signal, onProgress: report },
        );
        const version = versionOf(aligned.files);
        const folder = `windows/${region.id}/${window.start}/${version}`;
        const files: Partial<Record<WindowFile, ArtifactRef>> = {};
        for (const kind of WINDOW_FILES) {
          const bytes = aligned.files[kind];
          if (!bytes) continue;
          const key = `${folder}/${kind}.arrow`;
          files[kind] = await deps.store.put({ key, kind: 'window-tensor', bytes });
        }
        const missing = ingested.flatMap((result) => result.missing);
        const { bytes } = buildWindowManifest({
          regionId: region.id,
          window,
          inputs: ingested.flatMap(({ source, artifacts }) =>
            artifacts.map((artifact) => ({ source, sourceId: source, artifact })),
          ),
          files: WINDOW_FILES.flatMap((kind) => {
            const artifact = files[kind];
            const source = kind === 'crowd' ? 'phones' : kind;
            return artifact ? [{ source, artifact }] : [];
          }),
          gaps: aligned.gaps,
          missing: ingested.flatMap(({ source, missing: reasons }) =>
            reasons.map((reason) => ({ source, reason })),
          ),
          notes: aligned.notes,
          versions: { quakeloom: deps.codeVersion },
          settings: { reach, ...aligned.settings },
        });
        // Other files can hold the same samples: each way to this window keeps its provenance.
        const manifest = await deps.store.put({
          key: `${folder}/window-${shortHash(bytes)}.json`,
          kind: 'window-manifest',
          bytes,
        });
        const notes = [...ingested.flatMap((result) => result.notes), ...aligned.notes];
        return { version, manifest, files, missing, notes: notes.slice(0, 50) };
      }),

    /** What each source says by itself. */
    evaluateEvidence: (input: {
      region: RegionConfig;
      window: TimeWindow;
      reach: TimeWindow;
      sealed: SealedWindow;
    }): Promise<EvidenceSummary> =>
      step(async ({ signal, report }) => {
        const { files, version } = input.sealed;
        const bytes: Partial<Record<WindowFile, Uint8Array>> = {};
        for (const kind of WINDOW_FILES) {
          const ref = files[kind];
          if (ref) bytes[kind] = await deps.store.get(ref);
        }
        const evaluated = await deps.compute.run(
          'evaluateEvidence',
          { window: input.reach, ...bytes },
          { signal, onProgress: report },
        );
        const evidence = await withPeople(input.region, evaluated);
        const encoded = new TextEncoder().encode(JSON.stringify(evidence));
        const ref = await deps.store.put({
          key: `evidence/${input.region.id}/${input.window.start}/${version}-${shortHash(encoded)}.json`,
          kind: 'evidence',
          bytes: encoded,
        });
        return {
          evidence: ref,
          sensors: evidence.sensors.length,
          arrivals: evidence.sensors.reduce((sum, sensor) => sum + sensor.arrivals.length, 0),
          reportCells: evidence.reports?.cells.length ?? 0,
          notes: [
            ...evidence.sensors.flatMap((sensor) =>
              sensor.notes.map((note) => `${sensor.sensorId}: ${note}`),
            ),
            ...(evidence.crowd?.notes ?? []),
            ...(evidence.reports?.notes ?? []),
          ].slice(0, 50),
        };
      }),

    /** The fused posterior: quakes of this window, each with its samples stored. */
    detectQuakes: (input: DetectInput): Promise<DetectResult> =>
      step(async ({ signal, report }) => {
        const { region, window } = input;
        const evidence = decodeEvidence(await deps.store.get(input.evidence));
        const seed = seedFromText(`${region.id} ${window.start} ${input.evidence.sha256}`);
        const parameters = { samples: SAMPLES };
        const result = await deps.compute.run(
          'detectQuakes',
          { evidence, region, seed, synthetic: region.synthetic, ...parameters },
          { signal, onProgress: report },
        );
        const owned = result.quakes.filter(({ origin }) => owns(region, window, origin));
        const drafts: OriginDraft[] = [];
        for (const { origin, samples, seed: samplerSeed } of owned) {
          const samplesArrow = encodeSamples({ samples, windowStart: evidence.window.start });
          const posterior = await putPosterior(deps, { region, samplesArrow });
          drafts.push({
            regionId: region.id,
            origin,
            provenance: {
              codeVersion: deps.codeVersion,
              window,
              inputs: input.inputs,
              evidence: input.evidence,
              posterior,
              parameters,
              seed: samplerSeed,
              backend: result.stack.backend,
              synthetic: region.synthetic,
              workflowId: input.workflowId,
            },
            idempotencyKey: sha256([input.evidence.sha256, posterior.sha256].join(' ')),
          });
        }
        const outside = result.quakes.length - owned.length;
        const why =
          outside > 0
            ? [...result.why, `${outside} quakes outside the window belong to its neighbours`]
            : result.why;
        return { drafts, why: why.slice(0, 20), backend: result.stack.backend };
      }),
  };
}

/** Evidence as stored by evaluateEvidence. */
export function decodeEvidence(bytes: Uint8Array): EvidenceSet {
  return JSON.parse(new TextDecoder().decode(bytes)) as EvidenceSet;
}

/** Stores posterior samples under their own hash. */
export async function putPosterior(
  deps: ActivityDeps,
  input: { region: { readonly id: string }; samplesArrow: Uint8Array },
): Promise<ArtifactRef> {
  const hash = sha256(input.samplesArrow);
  return deps.store.put({
    key: `posteriors/${input.region.id}/${hash.slice(0, 2)}/${hash}.arrow`,
    kind: 'posterior',
    bytes: input.samplesArrow,
  });
}

/** Hash over the aligned files: the same samples give the same version, however they came. */
function versionOf(files: Partial<Record<WindowFile, Uint8Array>>): string {
  const hash = createHash('sha256');
  for (const kind of WINDOW_FILES) {
    const bytes = files[kind];
    if (bytes) hash.update(kind).update(createHash('sha256').update(bytes).digest());
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * True for a quake that begins in the window. A little earlier counts too, as far as its time is
 * uncertain: else two neighbours that see it slightly differently could each leave it to the other.
 */
function owns(region: RegionConfig, window: TimeWindow, origin: OriginEstimate): boolean {
  const ns = isoToNs(origin.originTime);
  const slackNs = secondsToNs(Math.min(origin.originTimeSdS, region.overlapS));
  return ns >= isoToNs(window.start) - slackNs && ns < isoToNs(window.end);
}
