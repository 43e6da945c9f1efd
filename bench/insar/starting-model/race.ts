/**
 * One search for the source of given scenes, start by start, with every forward evaluation counted.
 * @module
 */
import type { InsarScene } from '../../../core/waveform.js';
import type { Backend } from '../../../models/backend.js';
import { firstLookSets } from '../../../models/deformation/data-sets.js';
import { fitStrengths } from '../../../models/deformation/inverse-problem.js';
import { randomStarts, refine } from '../../../models/deformation/optimise.js';
import { localFrame } from '../../../models/deformation/scene-points.js';
import { analyseScene, type SignalArea } from '../../../models/deformation/scene-noise.js';
import { sourceModel, type SourceName } from '../../../models/deformation/source-models.js';
import { chooseStarts } from '../../../models/deformation/starting-model/choose.js';
import {
  startingModel,
  type Proposal,
} from '../../../models/deformation/starting-model/propose.js';
import type { StoredStartingModel } from '../../../models/deformation/starting-model/weights-file.js';

/** Best misfit after so many forward evaluations of all data. */
export interface Step {
  readonly evaluations: number;
  readonly chi2: number;
}

export interface Race {
  /** Misfit of each start before it is refined. */
  readonly before: readonly number[];
  /** What follows from refining them in order; evaluations to choose the starts are in the first. */
  readonly steps: readonly Step[];
  readonly starts: readonly (readonly number[])[];
  readonly seconds: number;
  readonly best: readonly number[];
}

/** Backend and weights of the starting model. */
export type Learned = readonly [Pick<Backend, 'tf'>, StoredStartingModel];

/** Prepares a search; each of the functions then runs it in its own way. */
export function prepareRace(scenes: readonly InsarScene[], name: SourceName, seed: number) {
  const first = scenes[0] as InsarScene;
  const frame = localFrame(first);
  const analysed = scenes.map((scene, i) => analyseScene({ scene, frame, seed: seed + i }));
  const signal = analysed
    .map((a) => a.signal)
    .reduce((a, b) => (standsOut(b) > standsOut(a) ? b : a));
  const noise = analysed.map((a) => a.noise);
  const plain = sourceModel(name, signal);
  let calls = 0;
  const model: typeof plain = {
    ...plain,
    basis: (values, points) => {
      calls++;
      return plain.basis(values, points);
    },
  };
  const sets = firstLookSets({ scenes, frame, model, noise, signal, nuisance: 'ramp' });
  const misfit = (shape: readonly number[]): number => fitStrengths(model, sets, shape).chi2;
  const run = (make: () => readonly (readonly number[])[]): Race => {
    const time = performance.now();
    calls = 0;
    const starts = make();
    const chosenWith = calls;
    const before = starts.map(misfit);
    calls = chosenWith;
    let [chi2, best] = [Infinity, [] as readonly number[]];
    const steps = starts.map((start) => {
      const mode = refine(model, sets, start, 25);
      if (mode.chi2 < chi2) [chi2, best] = [mode.chi2, mode.values];
      return { evaluations: calls / scenes.length, chi2 };
    });
    return { before, steps, starts, best, seconds: (performance.now() - time) / 1000 };
  };
  const randomOnes = (count: number, from: number): number[][] =>
    randomStarts(model, signal, count, from);
  const proposalOf = (learned: Learned): Proposal =>
    startingModel(...learned)({ scenes, frame, signal, model, seed });
  const chosen = (learned: Learned): (readonly number[])[] =>
    chooseStarts({
      ...{ model, sets, proposal: proposalOf(learned) },
      random: randomOnes(64, seed),
    });
  return {
    ...{ model, signal, misfit, proposalOf },
    random: (count: number, from: number) => run(() => randomOnes(count, from)),
    /** The hypotheses as they are. */
    likely: (learned: Learned) => run(() => proposalOf(learned).likely),
    /** Hypotheses, draws from their mixture and random shapes: what the inversion does. */
    mixed: (learned: Learned) => run(() => chosen(learned)),
    /** The best few of many random shapes, by their misfit: what can be had without a network. */
    screened: (draws: number, keep: number, from: number) =>
      run(() =>
        randomOnes(draws, from)
          .map((shape) => ({ shape, chi2: misfit(shape) }))
          .sort((a, b) => a.chi2 - b.chi2)
          .slice(0, keep)
          .map(({ shape }) => shape),
      ),
    from: (shape: readonly number[]) => run(() => [[...shape]]),
  };
}

function standsOut({ peakM, backgroundM }: SignalArea): number {
  return Math.abs(peakM) / (backgroundM || 1e-9);
}
