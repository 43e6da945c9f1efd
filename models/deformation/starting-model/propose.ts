/**
 * In: scenes and their moving area. Out: shapes to start a search from, likeliest first. The search refines and judges them
 * like any other start, so a wrong one costs time and nothing else.
 * @module
 */
import { createRandom } from '../../../core/random.js';
import type { InsarScene } from '../../../core/waveform.js';
import type { Backend } from '../../backend.js';
import { randomStarts } from '../optimise.js';
import type { LocalFrame } from '../scene-points.js';
import type { SignalArea } from '../scene-noise.js';
import type { SourceModel } from '../source-model.js';
import { hypothesesOf, type Hypothesis } from './network.js';
import { coordinatesOf, kindOf, mirroredShape, naturalShape } from './shapes.js';
import type { StoredStartingModel } from './weights-file.js';
import { mirrored, sceneWindow } from './window.js';

/** What a starting model is told by the inversion. */
export interface StartingInput {
  readonly scenes: readonly InsarScene[];
  readonly frame: LocalFrame;
  readonly signal: SignalArea;
  readonly model: SourceModel;
  readonly seed: number;
}

/** Shapes to start from, natural units; both empty when the scenes show nothing. */
export interface Proposal {
  /** Means of the hypotheses, likeliest first. */
  readonly likely: readonly (readonly number[])[];
  /** Draws from their mixture: the neighbourhood of each, in proportion to its weight. */
  readonly drawn: readonly (readonly number[])[];
}

export type StartingModel = (input: StartingInput) => Proposal;

/** Hypotheses that are given, at most, and draws. */
const MOST_LIKELY = 8;
const DRAWS = 64;
/** A start this near to a likelier one in all coordinates, in its deviations, adds nothing. */
const ALIKE = 0.7;

/** The trained starting model on a backend. */
export function startingModel(
  backend: Pick<Backend, 'tf'>,
  stored: StoredStartingModel,
): StartingModel {
  return ({ scenes, frame, signal, model, seed }) => {
    const kind = kindOf(model.name);
    const windows = scenes.flatMap((scene) => sceneWindow(scene, frame, signal) ?? []);
    if (windows.length === 0) return { likely: [], drawn: [] };
    const seen = windows.flatMap(({ cells, sineIncidence, turnDeg }) => [
      { cells, sineIncidence, turnDeg, isMirrored: false },
      { cells: mirrored(cells), sineIncidence, turnDeg, isMirrored: true },
    ]);
    const found = hypothesesOf(backend, stored.weights, seen, kind).map((list, i) => {
      const { isMirrored, turnDeg } = seen[i] as (typeof seen)[number];
      return list.map((one) => ({
        ...(isMirrored ? { ...one, mean: mirroredShape(one.mean) } : one),
        turnDeg,
      }));
    });
    const chosen: (typeof found)[number] = [];
    for (const one of found.flat().sort((a, b) => b.weight - a.weight)) {
      const isNew = chosen.every(
        (other) => other.turnDeg !== one.turnDeg || !alike(other, one, coordinatesOf(kind)),
      );
      if (isNew) chosen.push(one);
      if (chosen.length === MOST_LIKELY) break;
    }
    const random = createRandom(seed ^ 0x57a7);
    const drawn = Array.from({ length: DRAWS }, (_, k) => {
      const list = found[k % found.length] as (typeof found)[number];
      let left = random.uniform();
      const one = list.find(({ weight }) => (left -= weight) < 0) ?? (list[0] as Turned);
      const z = one.mean.map((v, i) => v + (one.deviation[i] as number) * random.normal());
      return { z, turnDeg: one.turnDeg };
    });
    const others = randomStarts(model, signal, MOST_LIKELY + DRAWS, seed);
    const shape = (one: { readonly z: readonly number[]; readonly turnDeg: number }, k: number) =>
      naturalShape({ ...{ model, area: signal }, ...one, other: others[k] as number[] });
    return {
      likely: chosen.map(({ mean, turnDeg }, k) => shape({ z: mean, turnDeg }, k)),
      drawn: drawn.map((one, k) => shape(one, MOST_LIKELY + k)),
    };
  };
}

type Turned = Hypothesis & { readonly turnDeg: number };

function alike(a: Hypothesis, b: Hypothesis, coordinates: number): boolean {
  return a.mean
    .slice(0, coordinates)
    .every((v, i) => Math.abs(v - (b.mean[i] as number)) < ALIKE * (a.deviation[i] as number));
}
