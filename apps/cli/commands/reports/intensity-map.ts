/** Felt cells in, a map out: GeoJSON for map programs, PNG for people. @module */
import { writeFile } from 'node:fs/promises';
import { encode } from 'fast-png';
import type { ReportCell } from '../../../../core/evidence.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { KM_PER_DEGREE } from '../../../../core/geo.js';
import { pgaFromMmi } from '../../../../models/groundmotion/intensity.js';
import { boxSigma } from '../../../../models/reports/felt/cdi.js';

/** A cell to draw; corners as [longitude, latitude], not closed. */
export interface MapCell {
  readonly name: string;
  readonly corners: readonly (readonly [number, number])[];
  readonly intensity: number;
  readonly responses: number;
}

/** Colours of MMI 1 to 10, those of USGS ShakeMap. */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [255, 255, 255],
  [191, 204, 255],
  [160, 230, 255],
  [128, 255, 255],
  [122, 255, 147],
  [255, 255, 0],
  [255, 200, 0],
  [255, 145, 0],
  [255, 0, 0],
  [200, 0, 0],
];
const BACKGROUND = [238, 241, 244] as const;
const LONGEST_SIDE = 1200;
const LEAST_CELL_PX = 3;

/** Squares about the centres of cells that came without corners. */
export function mapCells(cells: readonly ReportCell[]): MapCell[] {
  return cells.flatMap((cell): MapCell[] => {
    if (cell.intensity === null) return [];
    const { latitude, longitude, radiusKm } = cell;
    const north = Math.max(0.5, radiusKm * Math.SQRT1_2) / KM_PER_DEGREE;
    const east = north / Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
    return [
      {
        name: cell.cellId,
        intensity: cell.intensity,
        responses: cell.felt + cell.notFelt,
        corners: [
          [longitude - east, latitude - north],
          [longitude + east, latitude - north],
          [longitude + east, latitude + north],
          [longitude - east, latitude + north],
        ],
      },
    ];
  });
}

/** Writes the map; the ending of the name says which kind. Throws InvalidInputError. */
export async function writeIntensityMap(path: string, cells: readonly MapCell[]): Promise<void> {
  if (cells.length === 0) {
    throw new InvalidInputError({
      what: `map ${path}`,
      reason: 'there is no cell to draw',
      remedy: 'give answers with places to 0.01 degrees, or a DYFI product',
    });
  }
  if (/\.(?:geo)?json$/i.test(path)) return writeFile(path, intensityGeojson(cells));
  if (/\.png$/i.test(path)) return writeFile(path, intensityPng(cells));
  throw new InvalidInputError({
    what: `map ${path}`,
    reason: 'the name ends neither in .geojson nor in .png',
    remedy: 'choose one of the two',
  });
}

/** Polygons with CDI, its sigma, responses and the PGA that goes with it (Worden et al. 2012), gal. */
export function intensityGeojson(cells: readonly MapCell[]): string {
  const features = cells.map(({ name, corners, intensity, responses }) => ({
    type: 'Feature',
    geometry: { type: 'Polygon', coordinates: [[...corners, corners[0]]] },
    properties: {
      name,
      cdi: intensity,
      cdiSigma: Number(boxSigma(responses).toFixed(3)),
      nresp: responses,
      pgaGal: intensity > 1 ? Number(pgaFromMmi(intensity).toPrecision(4)) : null,
      colour: `#${colourOf(intensity)
        .map((part) => Math.round(part).toString(16).padStart(2, '0'))
        .join('')}`,
    },
  }));
  return `${JSON.stringify({ type: 'FeatureCollection', features })}\n`;
}

/** North up, degrees scaled by the cosine of the middle latitude; the strongest cells on top. */
export function intensityPng(cells: readonly MapCell[]): Uint8Array {
  const points = cells.flatMap(({ corners }) => corners);
  const [west, east, south, north] = points.reduce<[number, number, number, number]>(
    ([w, e, s, n], [lon, lat]) => [
      Math.min(w, lon),
      Math.max(e, lon),
      Math.min(s, lat),
      Math.max(n, lat),
    ],
    [Infinity, -Infinity, Infinity, -Infinity],
  );
  const cos = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = LONGEST_SIDE / Math.max((east - west) * cos, north - south);
  const width = Math.max(1, Math.ceil((east - west) * cos * scale));
  const height = Math.max(1, Math.ceil((north - south) * scale));
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = BACKGROUND[i % 3] as number;
  for (const { corners, intensity } of [...cells].sort((a, b) => a.intensity - b.intensity)) {
    const xs = corners.map(([lon]) => (lon - west) * cos * scale);
    const ys = corners.map(([, lat]) => (north - lat) * scale);
    const colour = colourOf(intensity);
    const [x0, x1] = span(xs, width);
    const [y0, y1] = span(ys, height);
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        for (let k = 0; k < 3; k++) data[(y * width + x) * 3 + k] = Math.round(colour[k] as number);
      }
    }
  }
  return encode({ width, height, data, channels: 3, depth: 8 });
}

/** Pixels from the least to the largest, at least three: a lone town must be seen. */
function span(values: readonly number[], limit: number): [number, number] {
  const first = Math.max(0, Math.floor(Math.min(...values)));
  const last = Math.ceil(Math.max(...values));
  return [Math.min(first, limit - 1), Math.min(limit, Math.max(last, first + LEAST_CELL_PX))];
}

function colourOf(intensity: number): [number, number, number] {
  const at = Math.min(COLOURS.length, Math.max(1, intensity)) - 1;
  const low = COLOURS[Math.floor(at)] as readonly number[];
  const high = COLOURS[Math.min(COLOURS.length - 1, Math.floor(at) + 1)] as readonly number[];
  const share = at - Math.floor(at);
  return low.map((part, k) => part + share * ((high[k] as number) - part)) as [
    number,
    number,
    number,
  ];
}
