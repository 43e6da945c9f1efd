/**
 * Training of the text network: generated posts in, weights and scores out. Deterministic.
 * @module
 */
import { createRandom } from '../../../../core/random.js';
import { logistic } from '../../../numerics/special.js';
import { filterPost } from '../filter.js';
import {
  FEATURES,
  firstHandProbability,
  textFeatures,
  textScore,
  type TextNetwork,
} from '../network.js';
import { plainText } from '../normalise.js';
import { findQuakeWord } from '../words.js';
import { GRAMMARS, generatePhrasePosts, generatePosts, type GeneratedPost } from './generate.js';

export interface TextScores {
  readonly posts: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Evaluation {
  readonly all: TextScores;
  readonly byLanguage: Readonly<Record<string, TextScores>>;
  /** The same posts by the word lists alone: every post with a quake word is first-hand. */
  readonly keywords: TextScores;
}

const EPOCHS = 12;
const RATE = 0.5;
/** Keeps weights of rare n-grams small. */
const DECAY = 2e-4;
const PER_TEMPLATE = 12;
const PHRASE_POSTS = 1000;

/** Adagrad on the cross-entropy (Duchi et al. 2011), then one temperature on the calibration split. */
export function trainTextNetwork(input: {
  readonly seed: number;
  readonly shift?: number;
}): TextNetwork {
  const shift = input.shift ?? 0;
  const posts = [
    ...generatePosts({ split: 'train', perTemplate: PER_TEMPLATE, seed: input.seed, shift }),
    ...generatePhrasePosts({ perLanguage: PHRASE_POSTS, seed: input.seed + 3 }),
  ];
  const examples = posts.map((post) => ({
    features: textFeatures(plainText(post.text).text),
    target: post.isFirstHand ? 1 : 0,
  }));
  const random = createRandom(input.seed + 1);
  const weights = new Float32Array(FEATURES);
  const squares = new Float32Array(FEATURES).fill(1e-2);
  let bias = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let k = 0; k < examples.length; k++) {
      const { features, target } = examples[
        Math.floor(random.uniform() * examples.length)
      ] as (typeof examples)[number];
      const root = Math.sqrt(Math.max(1, features.length));
      const score = textScore({ weights, bias, temperature: 1 }, features);
      const error = logistic(score) - target;
      bias -= 0.01 * error;
      for (const feature of features) {
        const w = weights[feature] as number;
        const gradient = error / root + DECAY * w;
        squares[feature] = (squares[feature] as number) + gradient * gradient;
        weights[feature] = w - (RATE * gradient) / Math.sqrt(squares[feature] as number);
      }
    }
  }
  const network = { weights, bias, temperature: 1 };
  return { ...network, temperature: fitTemperature(network, input.seed + 2, shift) };
}

/** Scores on the posts of the held-out templates: filter and network together. */
export function evaluateTextNetwork(input: {
  readonly network: TextNetwork;
  readonly seed: number;
  readonly shift?: number;
}): Evaluation {
  const posts = generatePosts({
    split: 'held-out',
    perTemplate: 20,
    seed: input.seed,
    shift: input.shift ?? 0,
  });
  const decide = (post: GeneratedPost): boolean => isFirstHand(input.network, post.text);
  return {
    all: scores(posts, decide),
    byLanguage: Object.fromEntries(
      GRAMMARS.map(({ language }) => [
        language,
        scores(
          posts.filter((post) => post.language === language),
          decide,
        ),
      ]),
    ),
    keywords: scores(posts, ({ text }) => findQuakeWord(plainText(text).text) !== null),
  };
}

/** Folds of the cross-validation: every template is held out exactly once. */
export const FOLDS = [0, 1, 2, 3] as const;

/** Mean over the folds of the scores by language and of all, each network trained without its fold. */
export function crossValidate(input: { readonly seed: number }): {
  readonly f1: number;
  readonly keywordsF1: number;
  readonly byLanguage: Readonly<Record<string, number>>;
  readonly folds: readonly number[];
} {
  const runs = FOLDS.map((shift) =>
    evaluateTextNetwork({
      network: trainTextNetwork({ seed: input.seed, shift }),
      seed: input.seed + 91,
      shift,
    }),
  );
  const mean = (value: (run: Evaluation) => number): number =>
    runs.reduce((sum, run) => sum + value(run), 0) / runs.length;
  return {
    f1: mean((run) => run.all.f1),
    keywordsF1: mean((run) => run.keywords.f1),
    byLanguage: Object.fromEntries(
      GRAMMARS.map(({ language }) => [language, mean((run) => run.byLanguage[language]?.f1 ?? 0)]),
    ),
    folds: runs.map((run) => run.all.f1),
  };
}

/** What a post is counted as: it passes the filter and is first-hand at even odds or better. */
export function isFirstHand(network: TextNetwork, text: string): boolean {
  const filtered = filterPost({ text });
  return filtered.passes && firstHandProbability(network, filtered.plain.text) >= 0.5;
}

function scores(
  posts: readonly GeneratedPost[],
  decide: (post: GeneratedPost) => boolean,
): TextScores {
  let [hit, taken, real] = [0, 0, 0];
  for (const post of posts) {
    const isTaken = decide(post);
    if (isTaken) taken++;
    if (post.isFirstHand) real++;
    if (isTaken && post.isFirstHand) hit++;
  }
  const precision = taken === 0 ? 0 : hit / taken;
  const recall = real === 0 ? 0 : hit / real;
  return {
    posts: posts.length,
    precision,
    recall,
    f1: hit === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

/** The temperature of least cross-entropy on templates that were not trained on. */
function fitTemperature(network: TextNetwork, seed: number, shift: number): number {
  const posts = generatePosts({ split: 'calibrate', perTemplate: 10, seed, shift });
  const pairs = posts.map((post) => ({
    score: textScore(network, textFeatures(plainText(post.text).text)),
    isFirstHand: post.isFirstHand,
  }));
  let best = { temperature: 1, loss: Number.POSITIVE_INFINITY };
  for (let log = -1; log <= 2; log += 0.05) {
    const temperature = Math.exp(log);
    const loss = pairs.reduce(
      (sum, { score, isFirstHand: real }) =>
        sum + Math.log1p(Math.exp((real ? -score : score) / temperature)),
      0,
    );
    if (loss < best.loss) best = { temperature, loss };
  }
  return best.temperature;
}
