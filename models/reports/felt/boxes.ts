/**
 * Answers with places in, intensities of 1 km or 10 km boxes of the UTM grid out, named as in the
 * USGS products (`UTM:(10S 0561 4235 1000)`: zone, kilometres east and north of the south-west
 * corner in units of the box, size in metres).
 * @module
 */
import type { ReportCell } from '../../../core/evidence.js';
import type { FeltAnswers, RoughPlace } from '../../../core/felt-answers.js';
import type { LatLon } from '../../../core/geo.js';
import { boxSigma, communityIntensity } from './cdi.js';
import { fromUtm, toUtm, type UtmPlace } from '../../../core/utm.js';

export type BoxSizeM = 1000 | 10_000;

/** One person's answers and place. */
export interface FeltResponse extends RoughPlace {
  readonly answers: FeltAnswers;
}

/** One box with at least one response. */
export interface FeltBox {
  readonly name: string;
  /** Centre. */
  readonly latitude: number;
  readonly longitude: number;
  /** Corners as [longitude, latitude] from the south-west anticlockwise, not closed. */
  readonly corners: readonly (readonly [number, number])[];
  /** Community decimal intensity, 1 or 2 and up, to 0.1. */
  readonly intensity: number;
  /** One standard deviation, MMI (Worden et al. 2012). */
  readonly intensitySigma: number;
  readonly responses: number;
}

/** Name of the box a place lies in; null where UTM is not defined. */
export function boxName(place: LatLon, sizeM: BoxSizeM): string | null {
  const utm = toUtm(place);
  if (utm === null) return null;
  const digits = sizeM === 1000 ? 4 : 3;
  const index = (metres: number): string =>
    String(Math.floor(metres / sizeM)).padStart(digits, '0');
  const zone = String(utm.zone).padStart(2, '0');
  return `UTM:(${zone}${utm.band} ${index(utm.eastM)} ${index(utm.northM)} ${sizeM})`;
}

/** Corners and centre of a named box; null when the name is none. */
export function boxShape(
  name: string,
): { readonly centre: LatLon; readonly corners: readonly (readonly [number, number])[] } | null {
  const match = /^UTM:\((\d{1,2})([C-HJ-NP-X]) (\d{2,4}) (\d{1,5}) (\d+)\)$/.exec(name);
  if (!match) return null;
  const sizeM = Number(match[5]);
  const at = (east: number, north: number): LatLon => {
    const place: UtmPlace = {
      zone: Number(match[1]),
      band: match[2] as string,
      eastM: (Number(match[3]) + east) * sizeM,
      northM: (Number(match[4]) + north) * sizeM,
    };
    return fromUtm(place);
  };
  const corner = (east: number, north: number): readonly [number, number] => {
    const { latitude, longitude } = at(east, north);
    return [longitude, latitude];
  };
  return {
    centre: at(0.5, 0.5),
    corners: [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)],
  };
}

/** Boxes of the responses that are placed finely enough, by name; the others are counted. */
export function aggregateBoxes(input: {
  readonly responses: readonly FeltResponse[];
  readonly sizeM: BoxSizeM;
}): { readonly boxes: readonly FeltBox[]; readonly unplaced: number } {
  const { responses, sizeM } = input;
  const groups = new Map<string, FeltAnswers[]>();
  let unplaced = 0;
  for (const response of responses) {
    const name = certainBox(response, sizeM);
    if (name === null) {
      unplaced++;
      continue;
    }
    const group = groups.get(name);
    if (group) group.push(response.answers);
    else groups.set(name, [response.answers]);
  }
  const boxes = [...groups].map(([name, people]): FeltBox => {
    const shape = boxShape(name) as NonNullable<ReturnType<typeof boxShape>>;
    return {
      name,
      ...shape.centre,
      corners: shape.corners,
      intensity: communityIntensity(people),
      intensitySigma: boxSigma(people.length),
      responses: people.length,
    };
  });
  return { boxes: boxes.sort((a, b) => (a.name < b.name ? -1 : 1)), unplaced };
}

/** Cells of the fused posterior. Intensity 1 means that the box felt nothing. */
export function boxCells(boxes: readonly FeltBox[]): ReportCell[] {
  return boxes.map((box) => {
    const isFelt = box.intensity > 1;
    const sizeM = Number(/ (\d+)\)$/.exec(box.name)?.[1] ?? 0);
    return {
      cellId: `felt:${box.name}`,
      latitude: box.latitude,
      longitude: box.longitude,
      radiusKm: (sizeM / 1000) * Math.SQRT1_2,
      intensity: box.intensity,
      felt: isFelt ? box.responses : 0,
      notFelt: isFelt ? 0 : box.responses,
    };
  });
}

/** The box when both ends of the rounding error lie in it (the rule of DYFI 4), else null. */
function certainBox(response: FeltResponse, sizeM: BoxSizeM): string | null {
  const { latitude, longitude, halfStepDeg } = response;
  const shifted = (sign: 1 | -1): string | null =>
    boxName(
      {
        latitude: latitude + sign * halfStepDeg.latitude,
        longitude: longitude + sign * halfStepDeg.longitude,
      },
      sizeM,
    );
  const upper = shifted(1);
  return upper !== null && upper === shifted(-1) ? boxName({ latitude, longitude }, sizeM) : null;
}
