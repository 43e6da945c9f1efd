/** Grids as PNG pictures with a colour scale. @module */
import { encode } from 'fast-png';

export type PictureKind = 'diverging' | 'sequential' | 'share' | 'classes';

/** A picture as a data URL, and the values at both ends of its scale. */
export interface Picture {
  readonly url: string;
  readonly low: number;
  readonly high: number;
  /** CSS gradient from low to high; empty for classes. */
  readonly gradient: string;
}

type Colour = readonly [number, number, number];

/** Blue, white, red (away, none, towards). */
const DIVERGING: readonly Colour[] = [
  [5, 48, 97],
  [67, 147, 195],
  [247, 247, 247],
  [214, 96, 77],
  [103, 0, 31],
];

/** Dark to light with even steps of lightness (viridis). */
const SEQUENTIAL: readonly Colour[] = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

/** Codes of rejected pixels; the first is kept pixels. */
export const CLASS_COLOURS: readonly Colour[] = [
  [200, 230, 201],
  [120, 120, 120],
  [55, 55, 60],
  [255, 152, 0],
  [229, 57, 53],
  [142, 36, 170],
];

/** Longest side in pixels: a larger grid is thinned. */
const LONGEST = 700;

/** Draws a grid; pixels without data are transparent. */
export function picture(
  grid: { readonly rows: number; readonly columns: number; readonly values: Float32Array },
  kind: PictureKind,
): Picture {
  const { low, high } = limits(grid.values, kind);
  const step = Math.max(1, Math.ceil(Math.max(grid.rows, grid.columns) / LONGEST));
  const height = Math.ceil(grid.rows / step);
  const width = Math.ceil(grid.columns / step);
  const data = new Uint8Array(4 * height * width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = grid.values[row * step * grid.columns + column * step] as number;
      if (Number.isNaN(value)) continue;
      const colour =
        kind === 'classes'
          ? (CLASS_COLOURS[value] ?? [0, 0, 0])
          : blend(scaleOf(kind), high > low ? (value - low) / (high - low) : 0.5);
      data.set([...colour, 255], 4 * (row * width + column));
    }
  }
  const png = encode({ width, height, data, channels: 4 });
  return {
    ...{ low, high },
    url: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
    gradient: kind === 'classes' ? '' : scaleOf(kind).map(css).join(','),
  };
}

export function css(colour: Colour): string {
  return `rgb(${colour.join(',')})`;
}

/** Colour of a share from 0 to 1 on the sequential scale. */
export function shareColour(share: number): string {
  return css(blend(SEQUENTIAL, share));
}

function scaleOf(kind: PictureKind): readonly Colour[] {
  return kind === 'diverging' ? DIVERGING : SEQUENTIAL;
}

/** 2 and 98 % points: single wild pixels would leave the rest without contrast. */
function limits(values: Float32Array, kind: PictureKind): { low: number; high: number } {
  if (kind === 'share') return { low: 0, high: 1 };
  const sorted = values.filter((v) => !Number.isNaN(v)).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  if (kind === 'classes') return { low: 0, high: CLASS_COLOURS.length - 1 };
  // Few pixels off zero (errors by cycles) are what such a map is there for.
  if (kind === 'sequential') return { low: at(0.02), high: at(0.98) > at(0.02) ? at(0.98) : at(1) };
  const most = Math.max(Math.abs(at(0.02)), Math.abs(at(0.98)));
  return { low: -most, high: most };
}

function blend(scale: readonly Colour[], share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const k = Math.min(scale.length - 2, Math.floor(at));
  const [a, b] = [scale[k] as Colour, scale[k + 1] as Colour];
  const mix = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * (at - k));
  return [mix(0), mix(1), mix(2)];
}
