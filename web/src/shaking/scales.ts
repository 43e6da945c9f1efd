/**
 * Colours of the map of shaking. Intensity has the colours that its readers know (ShakeMap: Wald et al.
 * 1999); peaks and uncertainty have orders of their own, so that one is not taken for another. Pure.
 * @module
 */

export type ShakingLayer = 'mmi' | 'mmiSigma' | 'pgaGal' | 'pgvCmS' | 'none';

export interface ShakingScale {
  readonly title: string;
  /** Unit under the numbers of the legend. */
  readonly unit: string;
  /** Value from which a colour holds, ascending; between two the map blends. */
  readonly stops: readonly (readonly [value: number, colour: string, label: string])[];
}

const HEAT = ['#ffffe5', '#fff2a8', '#fed470', '#fda63a', '#f4701f', '#d33c0e', '#8c2003'] as const;
const DOUBT = ['#fcfbfd', '#dadaeb', '#bcbddc', '#9e9ac8', '#756bb1', '#54278f'] as const;

const SCALES: Readonly<Record<Exclude<ShakingLayer, 'none'>, ShakingScale>> = {
  mmi: {
    title: 'intensity',
    unit: 'MMI',
    stops: [
      [1, '#ffffff', 'I'],
      [2, '#bfccff', 'II'],
      [3, '#a0e6ff', 'III'],
      [4, '#80ffff', 'IV'],
      [5, '#7aff93', 'V'],
      [6, '#ffff00', 'VI'],
      [7, '#ffc800', 'VII'],
      [8, '#ff9100', 'VIII'],
      [9, '#ff0000', 'IX'],
      [10, '#c80000', 'X'],
    ],
  },
  mmiSigma: {
    title: 'uncertainty of intensity',
    unit: 'MMI, one standard deviation',
    stops: steps([0, 0.2, 0.4, 0.6, 0.8, 1], DOUBT),
  },
  pgaGal: {
    title: 'peak acceleration',
    unit: 'gal (981 gal = 1 g)',
    stops: steps([1, 5, 20, 50, 100, 250, 500], HEAT),
  },
  pgvCmS: {
    title: 'peak velocity',
    unit: 'cm/s',
    stops: steps([0.1, 0.5, 2, 5, 10, 30, 80], HEAT),
  },
};

/** Layers in the order of the choice. */
export const SHAKING_LAYERS: readonly ShakingLayer[] = [
  'mmi',
  'mmiSigma',
  'pgaGal',
  'pgvCmS',
  'none',
];

/** Scale of a layer; null for none. */
export function scaleOf(layer: ShakingLayer): ShakingScale | null {
  return layer === 'none' ? null : SCALES[layer];
}

/** Name of a layer in the choice. */
export function layerName(layer: ShakingLayer): string {
  return scaleOf(layer)?.title ?? 'nothing';
}

/** One cell of the map, in the names of its GeoJSON. */
export interface ShakingCell {
  readonly mmi: number;
  readonly mmiSigma: number;
  readonly pgaGal: number;
  readonly pgaSigmaLog10: number;
  readonly pgvCmS: number;
  readonly pgvSigmaLog10: number;
}

/** A cell, and where in it the reader points. */
export type PointedCell = ShakingCell & { readonly latitude: number; readonly longitude: number };

/** `MMI 6.1 ± 0.4; PGA 120 gal ×/÷ 1.6; PGV 9.1 cm/s ×/÷ 1.7`: medians, one standard deviation. */
export function cellText(cell: ShakingCell): string {
  return [
    `MMI ${cell.mmi.toFixed(1)} ± ${cell.mmiSigma.toFixed(1)}`,
    `PGA ${peakText(cell.pgaGal, cell.pgaSigmaLog10, 'gal')}`,
    `PGV ${peakText(cell.pgvCmS, cell.pgvSigmaLog10, 'cm/s')}`,
  ].join('; ');
}

/** A peak with the factor of one standard deviation: `120 gal ×/÷ 1.6`. */
export function peakText(value: number, sigmaLog10: number, unit: string): string {
  return `${Number(value.toPrecision(2))} ${unit} ×/÷ ${(10 ** sigmaLog10).toFixed(1)}`;
}

function steps(
  values: readonly number[],
  colours: readonly string[],
): readonly (readonly [number, string, string])[] {
  return values.map((value, i) => [value, colours[i] as string, String(value)]);
}
