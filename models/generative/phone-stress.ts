/**
 * Things that trigger many phones and are no quake. In: a crowd, who lies still, a random stream and
 * the name of a stressor. Out: which phones trigger when, in one episode of it.
 * @module
 */
import type { Random } from '../../core/random.js';
import type { PhoneCrowd } from './phone-crowd.js';

/** Stressors, with how often a region of some million people has an episode of them in a year. */
export const STRESSORS = {
  /** Strokes of a front that passes over the towns; an episode is one stroke near phones. */
  thunderstorm: { perYear: 2000, lengthS: 40 },
  /** A push message that vibrates: every phone within some seconds. */
  notification: { perYear: 52, lengthS: 40 },
  /** A rush hour's minute in which trains and buses pass: rates rise in many cells. */
  traffic: { perYear: 2000, lengthS: 60 },
  /** A goal: most phones of one or two cells, at once. */
  stadium: { perYear: 100, lengthS: 30 },
  /** An update restarts phones all over the region, over minutes. */
  firmware: { perYear: 26, lengthS: 60 },
  /** A fifth of all clocks wrong by up to minutes, in a burst of ordinary triggers. */
  clocks: { perYear: 100, lengthS: 60 },
  /** A tenth of all phones play a perfect quake. */
  sybil: { perYear: 100, lengthS: 30 },
} as const;

/** Name of a stressor. */
export type Stressor = keyof typeof STRESSORS;

/** Ordinary false triggers of a steady phone, 1/s (0.7 an hour, MyShake's STA/LTA). */
export const ORDINARY_RATE_HZ = 0.7 / 3600;
const SOUND_KM_S = 0.34;
const START_S = 15;

/** Phones and true times of one episode; ordinary triggers included. */
export interface Episode {
  readonly phones: number[];
  readonly timesS: number[];
  /** Clock errors to be used instead of a phone's own, s, by index into the lists; else own. */
  readonly wrongClockS: Map<number, number>;
}

/** Ordinary false triggers over some time. */
export function ordinary(
  random: Random,
  steady: readonly number[],
  untilS: number,
  times = 1,
): Episode {
  const episode: Episode = { phones: [], timesS: [], wrongClockS: new Map() };
  const count = random.poisson(steady.length * ORDINARY_RATE_HZ * untilS * times);
  for (let k = 0; k < count; k++)
    add(episode, steady[random.integer(steady.length)]!, untilS * random.uniform());
  return episode;
}

/** One episode of a stressor. `steady`: the phones that lie still. */
export function stressEpisode(input: {
  readonly stressor: Stressor;
  readonly random: Random;
  readonly crowd: PhoneCrowd;
  readonly steady: readonly number[];
}): Episode {
  const { stressor, random, crowd, steady } = input;
  const untilS = STRESSORS[stressor].lengthS;
  const episode = ordinary(random, steady, untilS);
  const anyone = (): number => steady[random.integer(steady.length)]!;
  const east = (i: number): number => crowd.eastKm[i] as number;
  const north = (i: number): number => crowd.northKm[i] as number;
  if (stressor === 'thunderstorm') {
    // One to three strokes, some kilometres long; thunder rattles windows up to ten kilometres off.
    const strokes = 1 + random.integer(3);
    for (let s = 0; s < strokes; s++) {
      const near = anyone();
      const [e, n] = [east(near) + 3 * random.normal(), north(near) + 3 * random.normal()];
      const reachKm = 1 + 3 * random.exponential();
      const loud = 0.2 + 0.7 * random.uniform();
      const at = START_S + 5 * random.uniform();
      for (const i of steady) {
        const km = Math.hypot(east(i) - e, north(i) - n);
        if (km > 15 || random.uniform() > loud * Math.exp(-0.5 * (km / reachKm) ** 2)) continue;
        const channelKm = Math.max(0, km - 2 * random.uniform());
        add(episode, i, at + channelKm / SOUND_KM_S + 0.3 * random.exponential());
      }
    }
  } else if (stressor === 'notification') {
    const share = 0.05 + 0.9 * random.uniform();
    const spreadS = 0.3 + 6 * random.uniform();
    const skewed = random.uniform() < 0.5;
    for (const i of steady) {
      if (random.uniform() > share) continue;
      const wait = skewed ? random.exponential() : Math.abs(random.normal());
      add(episode, i, START_S + spreadS * wait);
    }
  } else if (stressor === 'traffic') {
    const lines = 3 + random.integer(6);
    for (let l = 0; l < lines; l++) {
      // A train or a bus: a line through a town at 10 to 40 m/s.
      const near = anyone();
      const angle = 2 * Math.PI * random.uniform();
      const [ue, un] = [Math.cos(angle), Math.sin(angle)];
      const speed = 0.01 + 0.03 * random.uniform();
      const from = untilS * random.uniform();
      const share = 0.5 * random.uniform();
      for (const i of steady) {
        const [de, dn] = [east(i) - east(near), north(i) - north(near)];
        const along = de * ue + dn * un;
        const across = Math.abs(de * un - dn * ue);
        if (across > 0.15 || random.uniform() > share) continue;
        const t = from + along / speed;
        if (t > 0 && t < untilS) add(episode, i, t);
      }
    }
    const extra = ordinary(random, steady, untilS, 5 + 10 * random.uniform());
    extra.phones.forEach((phone, k) => add(episode, phone, extra.timesS[k]!));
  } else if (stressor === 'stadium') {
    const near = anyone();
    const share = 0.5 + 0.5 * random.uniform();
    const radiusKm = 0.2 + 0.6 * random.uniform();
    for (const i of steady) {
      if (Math.hypot(east(i) - east(near), north(i) - north(near)) > radiusKm) continue;
      if (random.uniform() < share) add(episode, i, START_S + 1.5 * random.exponential());
    }
    // The same goal on television: a few phones everywhere jump with it, some seconds apart.
    for (const i of steady) {
      if (random.uniform() < 0.01) add(episode, i, START_S + 4 * random.uniform());
    }
  } else if (stressor === 'firmware') {
    const share = 0.1 + 0.9 * random.uniform();
    const spreadS = 5 + 100 * random.uniform();
    for (const i of steady) {
      if (random.uniform() < share) add(episode, i, START_S + spreadS * random.uniform());
    }
  } else if (stressor === 'clocks') {
    const extra = ordinary(random, steady, untilS, 10 + 30 * random.uniform());
    extra.phones.forEach((phone, k) => {
      const at = episode.phones.length;
      add(episode, phone, extra.timesS[k]!);
      if (random.uniform() < 0.2) episode.wrongClockS.set(at, 240 * (random.uniform() - 0.5));
    });
  } else {
    const near = anyone();
    const [e, n] = [east(near) + 5 * random.normal(), north(near) + 5 * random.normal()];
    const depthKm = 5 + 20 * random.uniform();
    const reachKm = 10 + 60 * random.uniform();
    for (const i of steady) {
      const km = Math.hypot(east(i) - e, north(i) - n);
      if (km > reachKm || random.uniform() > 0.1) continue;
      add(episode, i, START_S + Math.hypot(km, depthKm) / 6.1 + 0.2 * random.exponential());
    }
  }
  return episode;
}

function add(episode: Episode, phone: number, timeS: number): void {
  episode.phones.push(phone);
  episode.timesS.push(timeS);
}
