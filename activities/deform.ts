/**
 * Deformation products, and what they say about an event.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import { InvalidInputError } from '../core/errors.js';
import type { OriginDraft } from '../core/quake.js';
import { seedFromText } from '../core/random.js';
import type { RegionConfig } from '../core/region.js';
import type { DeformationEvidence, DeformationResult } from '../core/stages.js';
import { encodeGeoTiff } from '../catalogue/export/geotiff.js';
import type { DeformationEvidence as SourceEvidence } from '../models/detection/deformation-likelihood.js';
import { sha256, shortHash } from './content-hash.js';
import type { ActivityDeps } from './deps.js';
import { decodeEvidence, putPosterior } from './fuse.js';
import { step } from './step.js';

/** A product of a model before it is recorded. */
export interface DeformationProduct {
  readonly summary: Readonly<Record<string, unknown>>;
  readonly artifacts: readonly ArtifactRef[];
  readonly notes: readonly string[];
}

interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly transform: readonly [number, number, number, number, number, number];
  readonly crs: string;
}

/** The deformation activities. */
export function createDeformActivities(deps: ActivityDeps) {
  const putGrid = async (input: {
    folder: string;
    name: string;
    units: string;
    grid: Grid;
    values: Float32Array;
  }): Promise<ArtifactRef> => {
    const { grid, values, name, units } = input;
    const bytes = encodeGeoTiff({ ...grid, values, description: name, metadata: { units } });
    const sha = shortHash(bytes);
    const key = `${input.folder}/${name}-${sha}.tif`;
    return deps.store.put({ key, kind: 'deformation', bytes });
  };
  const putJson = async (folder: string, value: unknown): Promise<ArtifactRef> => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const sha = shortHash(bytes);
    return deps.store.put({ key: `${folder}/summary-${sha}.json`, kind: 'deformation', bytes });
  };

  return {
    /** Velocity map of a stack: GeoTIFFs of velocity and its standard deviation, and numbers. */
    estimateVelocity: (input: {
      region: RegionConfig;
      scenes: readonly ArtifactRef[];
      referencePixel?: { readonly row: number; readonly column: number };
      minPairShare?: number;
    }): Promise<DeformationProduct> =>
      step(async ({ signal, report }) => {
        const arrow = await Promise.all(input.scenes.map((ref) => deps.store.get(ref)));
        const { summary, grids } = await deps.compute.run(
          'sbasVelocity',
          {
            arrow,
            ...(input.referencePixel ? { referencePixel: input.referencePixel } : {}),
            ...(input.minPairShare ? { thresholds: { minPairShare: input.minPairShare } } : {}),
          },
          { signal, onProgress: report },
        );
        const folder = `deformation/${input.region.id}/${inputsHash(input.scenes)}`;
        const maps = [
          { name: 'velocity', units: 'mm/yr', values: grids.velocityMmPerYear },
          { name: 'velocity-sd', units: 'mm/yr', values: grids.sdMmPerYear },
        ];
        const artifacts = [await putJson(folder, summary)];
        for (const map of maps) artifacts.push(await putGrid({ folder, grid: grids, ...map }));
        return { summary: { ...summary }, artifacts, notes: summary.notes };
      }),

    /** Source of the deformation in scenes, with its posterior. */
    invertSource: (input: {
      region: RegionConfig;
      scenes: readonly ArtifactRef[];
      model: 'okada' | 'mogi';
    }): Promise<DeformationProduct> =>
      step(async ({ signal, report }) => {
        const hash = inputsHash(input.scenes);
        const arrow = await Promise.all(input.scenes.map((ref) => deps.store.get(ref)));
        const { summary, grids } = await deps.compute.run(
          'invertSource',
          { arrow, model: input.model, seed: seedFromText(`${input.region.id} ${hash}`) },
          { signal, onProgress: report },
        );
        const folder = `deformation/${input.region.id}/${hash}-${input.model}`;
        const artifacts = [await putJson(folder, summary)];
        for (const grid of grids) {
          const name = `${grid.sceneId.replace(/[^A-Za-z0-9._-]/g, '-')}-residual`;
          artifacts.push(await putGrid({ folder, name, units: 'm', grid, values: grid.residualM }));
        }
        return { summary: { ...summary }, artifacts, notes: summary.notes };
      }),

    /** Puts a product into the catalogue; the same inputs twice are one row. */
    recordDeformation: (input: {
      region: RegionConfig;
      kind: 'velocity' | 'source';
      product: DeformationProduct;
    }): Promise<DeformationResult> =>
      step(async () => {
        const { region, kind, product } = input;
        // Named by its content: the same result twice is one row, another result is another row.
        const deformationId = `${kind}-${region.id}-${inputsHash(product.artifacts)}`;
        await deps.catalogue.putDeformation({
          id: deformationId,
          regionId: region.id,
          kind,
          summary: product.summary,
          artifacts: product.artifacts,
        });
        return { deformationId, ...product };
      }),

    /** Weighs a deformation posterior into the preferred origin of an event. */
    updateOrigin: (input: {
      eventId: string;
      evidence: DeformationEvidence;
      workflowId: string;
    }): Promise<{ draft: OriginDraft | null; why: string[] }> =>
      step(async ({ signal, report }) => {
        const { eventId, evidence: piece } = input;
        const quake = await deps.catalogue.getEvent(eventId);
        if (!quake) {
          throw new InvalidInputError({
            what: 'event',
            reason: `${eventId} is not in the catalogue`,
            remedy: 'list events with `quakeloom events`',
          });
        }
        const { preferred } = quake;
        const region = await deps.catalogue.getRegion(preferred.regionId);
        const evidenceRef = preferred.provenance.evidence;
        if (preferred.provenance.inputs.some((ref) => ref.sha256 === piece.artifact.sha256)) {
          return { draft: null, why: [`${piece.deformationId} is already in the origin`] };
        }
        if (!region || !evidenceRef) {
          return { draft: null, why: [`origin of ${eventId} cannot be replayed: no evidence`] };
        }
        const { evidence: deformation } = JSON.parse(
          new TextDecoder().decode(await deps.store.get(piece.artifact)),
        ) as { evidence: SourceEvidence | null };
        if (!deformation) {
          return { draft: null, why: [`${piece.deformationId} has no moment: no quake`] };
        }
        const seed = seedFromText(`${preferred.idempotencyKey} ${piece.artifact.sha256}`);
        const result = await deps.compute.run(
          'updateOrigin',
          {
            evidence: decodeEvidence(await deps.store.get(evidenceRef)),
            region,
            origin: preferred.origin,
            samplesArrow: await deps.store.get(preferred.provenance.posterior),
            deformation,
            seed,
          },
          { signal, onProgress: report },
        );
        const posterior = await putPosterior(deps, {
          region,
          samplesArrow: result.samplesArrow,
        });
        const { provenance } = preferred;
        return {
          draft: {
            regionId: region.id,
            origin: result.origin,
            provenance: {
              ...provenance,
              codeVersion: deps.codeVersion,
              inputs: [...provenance.inputs, piece.artifact],
              posterior,
              seed,
              workflowId: input.workflowId,
            },
            idempotencyKey: sha256([preferred.idempotencyKey, piece.artifact.sha256].join(' ')),
          },
          why: [],
        };
      }),
  };
}

/** Names a set of artifacts by their content. */
function inputsHash(refs: readonly ArtifactRef[]): string {
  const hashes = refs.map((ref) => ref.sha256).sort();
  return sha256(hashes.join('')).slice(0, 16);
}
