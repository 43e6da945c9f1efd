/**
 * In: scenes. Out: which show deformation, and which were unwrapped wrong, as flags for a person or a next
 * step. Nothing depends on them: the inversion and the time series have tests of their own.
 * @module
 */
import type { Backend } from '../../backend.js';
import { detectorInput, type DetectorScene } from './features.js';
import { probabilities } from './network.js';
import type { StoredDetector } from './weights-file.js';

export interface SceneFlags {
  /** 0 to 1; null when fewer than a tenth of the pixels have data. */
  readonly deformation: number | null;
  readonly unwrapping: number | null;
  readonly showsDeformation: boolean;
  readonly hasUnwrappingError: boolean;
}

/** Scenes that are looked at together. */
const BATCH = 64;

/** Flags of each scene, in order. */
export function flagScenes(
  backend: Pick<Backend, 'tf'>,
  detector: StoredDetector,
  scenes: readonly DetectorScene[],
): SceneFlags[] {
  const inputs = scenes.map(detectorInput);
  const known = inputs.flatMap((input) => input ?? []);
  const found: number[][] = [];
  for (let start = 0; start < known.length; start += BATCH) {
    found.push(...probabilities(backend, detector.weights, known.slice(start, start + BATCH)));
  }
  const { thresholds } = detector.file;
  let next = 0;
  return inputs.map((input) => {
    const [deformation, unwrapping] = input ? (found[next++] as [number, number]) : [null, null];
    return {
      ...{ deformation, unwrapping },
      showsDeformation: (deformation ?? 0) > thresholds.deformation,
      hasUnwrappingError: (unwrapping ?? 0) > thresholds.unwrapping,
    };
  });
}
