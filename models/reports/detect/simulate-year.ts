/**
 * A simulated year of posts that passed the filter: a daily and weekly background that comes in
 * bunches, earthquakes, viral posts, festivals, bot waves and feed outages. Seeded.
 * @module
 */
import { createRandom, type Random } from '../../../core/random.js';
import type { FirstHandPost } from './detector.js';
import type { UpSeconds } from './rate-channel.js';

export interface SimulatedQuake {
  readonly originS: number;
  readonly language: string;
  readonly firstHandPosts: number;
  /** The feeds were up for the first ten minutes after the origin. */
  readonly isObserved: boolean;
}

export interface SimulatedYear {
  readonly startS: number;
  readonly endS: number;
  /** In order of time, without those of outages. */
  readonly posts: readonly FirstHandPost[];
  readonly quakes: readonly SimulatedQuake[];
  readonly up: UpSeconds;
  readonly disturbances: Readonly<Record<string, number>>;
}

/** Language, share of the background and middle of its day, h UTC. */
const LANGUAGES = [
  ['en', 0.3, 21],
  ['es', 0.18, 22],
  ['ja', 0.15, 12],
  ['id', 0.09, 13],
  ['pt', 0.07, 21],
  ['tr', 0.06, 18],
  ['it', 0.05, 19],
  ['zh', 0.04, 13],
  ['el', 0.03, 18],
  ['tl', 0.03, 13],
] as const;

const DAY_S = 86_400;
/** 2025-01-01, a Wednesday. */
const START_S = 1_735_689_600;

export function simulateYear(input: {
  readonly seed: number;
  readonly days?: number;
  /** Posts an hour that the classifier takes for first-hand without a quake. */
  readonly backgroundPerHour?: number;
}): SimulatedYear {
  const random = createRandom(input.seed);
  const days = input.days ?? 365;
  const endS = START_S + days * DAY_S;
  const posts: FirstHandPost[] = [];
  const year = days / 365;
  const spread = (perYear: number): number => Math.round(perYear * year);
  const anywhen = (): number => START_S + DAY_S + random.uniform() * (endS - START_S - 2 * DAY_S);
  const language = (): string => drawLanguage(random);
  const post = (timeS: number, of: string): void => {
    const authorHash = Math.floor(random.uniform() * 2 ** 31);
    posts.push({
      timeS: Math.floor(timeS),
      language: of,
      authorHash,
      wordingHash: wordingOf(authorHash),
    });
  };

  addBackground({ random, endS, perHour: input.backgroundPerHour ?? 20, post });
  const outages = Array.from({ length: spread(40) }, () => {
    const startS = anywhen();
    return { startS, endS: startS + 60 * Math.exp(random.uniform() * Math.log(120)) };
  });
  const quakes = Array.from({ length: spread(160) }, (): SimulatedQuake => {
    const originS = anywhen();
    const of = language();
    const firstHandPosts = Math.round(Math.exp(random.uniform() * Math.log(3000 / 5)) * 5);
    const medianS = 40 * Math.exp(random.uniform() * Math.log(6));
    for (let i = 0; i < firstHandPosts; i++) {
      post(originS + 10 + medianS * Math.exp(random.normal() * 0.9), of);
    }
    // Talk about it goes on for hours; the classifier takes a tenth of it for first-hand.
    const talk = Math.round(firstHandPosts * 0.4);
    for (let i = 0; i < talk; i++) post(originS + 300 + exponential(random, 5400), of);
    const isObserved = !outages.some((o) => o.startS < originS + 600 && o.endS > originS - 60);
    return { originS, language: of, firstHandPosts, isObserved };
  });
  const viral = spread(80);
  for (let v = 0; v < viral; v++) {
    const [startS, of] = [anywhen(), language()];
    const size = Math.round(Math.exp(random.uniform() * Math.log(100)) * 8);
    const riseS = 900 + random.uniform() * 2700;
    // Grows with a doubling time of minutes, then decays: a hump hours wide.
    for (let i = 0; i < size; i++) {
      const shape = exponential(random, riseS) + exponential(random, riseS);
      post(startS + shape + exponential(random, 2 * riseS), of);
    }
  }
  const festivals = spread(40);
  for (let f = 0; f < festivals; f++) {
    const [startS, of] = [anywhen(), language()];
    const size = 20 + Math.round(random.uniform() * 180);
    for (let i = 0; i < size; i++) post(startS + random.uniform() * 5 * 3600, of);
  }
  const botWaves = spread(40);
  for (let b = 0; b < botWaves; b++) {
    addBotWave({ random, startS: anywhen(), language: language(), posts });
  }
  const isUp = (timeS: number): boolean =>
    !outages.some((o) => timeS >= o.startS && timeS < o.endS);
  return {
    startS: START_S,
    endS,
    posts: posts
      .filter(({ timeS }) => timeS >= START_S && timeS < endS && isUp(timeS))
      .sort((a, b) => a.timeS - b.timeS),
    quakes: quakes.sort((a, b) => a.originS - b.originS),
    up: (fromS, toS) =>
      outages.reduce(
        (sum, o) => sum - Math.max(0, Math.min(toS, o.endS) - Math.max(fromS, o.startS)),
        Math.max(0, toS - fromS),
      ),
    disturbances: { viral, festivals, botWaves, outages: outages.length },
  };
}

/** People's wordings: a quarter too short to count, a quarter of 50 common ones, the others their own. */
function wordingOf(author: number): number | null {
  const kind = author % 4;
  if (kind === 0) return null;
  return 2 ** 31 + (kind === 1 ? (author >> 2) % 50 : author);
}

/** Few accounts that post without end, or many accounts with one wording. */
function addBotWave(input: {
  readonly random: Random;
  readonly startS: number;
  readonly language: string;
  readonly posts: FirstHandPost[];
}): void {
  const { random, startS, language, posts } = input;
  const size = 100 + Math.round(random.uniform() * 900);
  const isFewAccounts = random.uniform() < 0.5;
  const base = Math.floor(random.uniform() * 2 ** 31);
  for (let i = 0; i < size; i++) {
    posts.push({
      timeS: Math.floor(startS + random.uniform() * 120),
      language,
      authorHash: isFewAccounts ? base + (i % 3) : base + i,
      wordingHash: isFewAccounts ? base + i : base + (i % 2),
    });
  }
}

/** A bunch is one to a few posts within two minutes; bunches follow the hour and the day. */
function addBackground(input: {
  readonly random: Random;
  readonly endS: number;
  readonly perHour: number;
  readonly post: (timeS: number, language: string) => void;
}): void {
  const { random, endS, perHour, post } = input;
  const meanBunch = 1.25;
  for (const [language, share, peakH] of LANGUAGES) {
    const top = ((perHour * share) / meanBunch / 3600) * 2.4;
    for (
      let t = START_S + exponential(random, 1 / top);
      t < endS;
      t += exponential(random, 1 / top)
    ) {
      const hour = (t / 3600) % 24;
      const daily = 1 + 0.8 * Math.cos(((hour - peakH) / 12) * Math.PI);
      const isWeekend = Math.floor(t / DAY_S + 4) % 7 >= 5;
      if (random.uniform() * 2.4 > daily * (isWeekend ? 1.3 : 0.88)) continue;
      post(t, language);
      while (random.uniform() < 0.2) post(t + random.uniform() * 120, language);
    }
  }
}

function drawLanguage(random: Random): string {
  let left = random.uniform();
  for (const [language, share] of LANGUAGES) {
    left -= share;
    if (left < 0) return language;
  }
  return 'en';
}

function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.uniform());
}
