/**
 * In: scenes and their moving area. Out: shapes to start a search from, likeliest first. The search refines and judges them
 * like any other start, so a wrong one costs time and nothing else.
 * @module
 */
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

/** Gives shapes to start from, natural units; none when the scenes show it nothing. */
export type StartingModel = (input: StartingInput) => number[][];

/** Starts that are given, at most. */
export const LEARNED_STARTS = 8;
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
    const seen = windows.flatMap(({ cells, sineIncidence, turnDeg }) => [
      { cells, sineIncidence, turnDeg, isMirrored: false },
      { cells: mirrored(cells), sineIncidence, turnDeg, isMirrored: true },
    ]);
    const found = hypothesesOf(backend, stored.weights, seen, kind).flatMap((list, i) => {
      const { isMirrored, turnDeg } = seen[i] as (typeof seen)[number];
      return list.map((one) => ({
        ...(isMirrored ? { ...one, mean: mirroredShape(one.mean) } : one),
        turnDeg,
      }));
    });
    const chosen: typeof found = [];
    for (const one of found.toSorted((a, b) => b.weight - a.weight)) {
      const isNew = chosen.every(
        (other) => other.turnDeg !== one.turnDeg || !alike(other, one, coordinatesOf(kind)),
      );
      if (isNew) chosen.push(one);
      if (chosen.length === LEARNED_STARTS) break;
    }
    const others = randomStarts(model, signal, chosen.length, seed);
    return chosen.map(({ mean, turnDeg }, k) =>
      naturalShape({ model, area: signal, turnDeg, z: mean, other: others[k] as number[] }),
    );
  };
}

function alike(a: Hypothesis, b: Hypothesis, coordinates: number): boolean {
  return a.mean
    .slice(0, coordinates)
    .every((v, i) => Math.abs(v - (b.mean[i] as number)) < ALIKE * (a.deviation[i] as number));
}
