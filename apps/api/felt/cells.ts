/** Answers of the form in, felt cells as of DYFI out: boxes of 10 km, and towns that were named. @module */
import type { FeltAnswers } from '../../../core/felt-answers.js';
import type { ReportItem } from '../../../core/waveform.js';
import { aggregateBoxes, boxCells } from '../../../models/reports/felt/boxes.js';
import { communityIntensity } from '../../../models/reports/felt/cdi.js';
import type { AnswerPlace } from './read-form.js';

/** One counted answer. */
export interface PlacedAnswer {
  readonly answers: FeltAnswers;
  readonly place: AnswerPlace;
  /** When it was felt, ms since 1970. */
  readonly feltMs: number;
}

/** A cell each box and town, timed by the mean of its answers, s. */
export function answerCells(placed: readonly PlacedAnswer[]): ReportItem[] {
  const groups = new Map<string, PlacedAnswer[]>();
  for (const one of placed) {
    const name = cellName(one);
    if (name === null) continue;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, group]): ReportItem => {
    const { place } = group[0] as PlacedAnswer;
    const meanMs = group.reduce((sum, { feltMs }) => sum + feltMs, 0) / group.length;
    const common = {
      kind: 'felt-cell' as const,
      sourceId: `form ${name}`,
      timeNs: BigInt(Math.floor(meanMs / 1000)) * 1_000_000_000n,
    };
    const box = boxCells(boxesOf(group))[0];
    if (box && place.radiusKm === null) {
      const { latitude, longitude, radiusKm, intensity, felt, notFelt } = box;
      return { ...common, latitude, longitude, radiusKm, intensity, felt, notFelt };
    }
    const intensity = communityIntensity(group.map(({ answers }) => answers));
    const isFelt = intensity > 1;
    return {
      ...common,
      ...place,
      intensity,
      felt: isFelt ? group.length : 0,
      notFelt: isFelt ? 0 : group.length,
    };
  });
}

function cellName(one: PlacedAnswer): string | null {
  const { place } = one;
  return place.radiusKm === null
    ? (boxesOf([one])[0]?.name ?? null)
    : `town ${place.latitude} ${place.longitude}`;
}

/** The position was rounded by us: its cell is that of the rounded one. */
function boxesOf(group: readonly PlacedAnswer[]): ReturnType<typeof aggregateBoxes>['boxes'] {
  const responses = group.map(({ answers, place: { latitude, longitude } }) => ({
    answers,
    latitude,
    longitude,
    halfStepDeg: { latitude: 0, longitude: 0 },
  }));
  return aggregateBoxes({ responses, sizeM: 10_000 }).boxes;
}
