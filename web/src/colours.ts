/**
 * Colours of events by depth or age: single-hue order from light to dark would vanish on one of the
 * two backgrounds, so each class has a hue that holds on both (after Okabe and Ito 2008).
 * @module
 */
import type { Quake } from './types.js';

export type ColourBy = 'depth' | 'age';

interface ColourClass {
  readonly label: string;
  readonly colour: string;
  /** Upper end: km for depths, days for ages. */
  readonly below: number;
}

const CLASSES: Readonly<Record<ColourBy, readonly ColourClass[]>> = {
  depth: [
    { label: 'under 10 km', colour: '#d55e00', below: 10 },
    { label: '10 to 35 km', colour: '#e69f00', below: 35 },
    { label: '35 to 70 km', colour: '#009e73', below: 70 },
    { label: '70 to 300 km', colour: '#0a85c7', below: 300 },
    { label: 'deeper', colour: '#a05ab4', below: Infinity },
  ],
  age: [
    { label: 'last hour', colour: '#d55e00', below: 1 / 24 },
    { label: 'last day', colour: '#e69f00', below: 1 },
    { label: 'last week', colour: '#009e73', below: 7 },
    { label: 'last 30 days', colour: '#0a85c7', below: 30 },
    { label: 'older', colour: '#a05ab4', below: Infinity },
  ],
};

/** Classes in legend order. */
export function colourClasses(by: ColourBy): readonly ColourClass[] {
  return CLASSES[by];
}

/** All colours in use, once each. */
export function allColours(): string[] {
  return [...new Set(Object.values(CLASSES).flatMap((list) => list.map((item) => item.colour)))];
}

/** Colour of an event. `nowMs` is the time that ages count from. */
export function colourOf(quake: Quake, by: ColourBy, nowMs: number): string {
  const { depthKm, originTime } = quake.preferred.origin;
  const value = by === 'depth' ? depthKm.mean : (nowMs - Date.parse(originTime)) / 86_400_000;
  const found = CLASSES[by].find((item) => value < item.below);
  return (found ?? (CLASSES[by].at(-1) as ColourClass)).colour;
}

/** Radius of an event's circle, CSS px: grows with magnitude, never out of reach or of proportion. */
export function radiusPx(magnitude: number): number {
  return Math.min(34, Math.max(4, 2.2 * 1.42 ** magnitude));
}
