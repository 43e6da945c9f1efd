/**
 * Where the channels of a simulated fibre lie and how each of them hears: layout, direction, coupling.
 * @module
 */
import type { Random } from '../../core/random.js';
import { between, logBetween, type DasRanges } from './das-ranges.js';

/** A simulated fibre; arrays are [channel]. */
export interface DasLayout {
  readonly kind: 'straight' | 'bent' | 'zig-zag';
  readonly channelCount: number;
  readonly channelSpacingM: number;
  readonly gaugeLengthM: number;
  /** Position of the channel's middle, km east and north of the fibre's middle. */
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  /** Factor of the ground's strain that reaches the glass. */
  readonly coupling: Float64Array;
  /**
   * Points along each gauge where strain is averaged (equal weights): position and direction
   * clockwise from north, [channel * GAUGE_POINTS]. A gauge across a bend hears both directions.
   */
  readonly gaugeEastKm: Float64Array;
  readonly gaugeNorthKm: Float64Array;
  readonly gaugeAzimuth: Float64Array;
}

/** Points a gauge is averaged over. */
export const GAUGE_POINTS = 4;

/** Draws a layout of `channelCount` channels; spacing and gauge may be given. */
export function drawDasLayout(input: {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly channelCount: number;
  readonly channelSpacingM?: number;
}): DasLayout {
  const { random, ranges, channelCount } = input;
  const channelSpacingM = input.channelSpacingM ?? logBetween(random, ranges.channelSpacingM);
  const gaugeLengthM = Math.max(0.7 * channelSpacingM, between(random, ranges.gaugeLengthM));
  const draw = random.uniform();
  const kind = draw < 0.35 ? 'straight' : draw < 0.65 ? 'bent' : 'zig-zag';
  const path = drawPath(random, ranges, kind, channelCount * channelSpacingM + gaugeLengthM);
  const points = channelCount * GAUGE_POINTS;
  const layout = {
    eastKm: new Float64Array(channelCount),
    northKm: new Float64Array(channelCount),
    gaugeEastKm: new Float64Array(points),
    gaugeNorthKm: new Float64Array(points),
    gaugeAzimuth: new Float64Array(points),
  };
  const middle = path.at((channelCount * channelSpacingM) / 2);
  for (let c = 0; c < channelCount; c++) {
    const alongM = gaugeLengthM / 2 + c * channelSpacingM;
    const own = path.at(alongM);
    layout.eastKm[c] = own.eastKm - middle.eastKm;
    layout.northKm[c] = own.northKm - middle.northKm;
    for (let g = 0; g < GAUGE_POINTS; g++) {
      const at = path.at(alongM + ((g + 0.5) / GAUGE_POINTS - 0.5) * gaugeLengthM);
      layout.gaugeEastKm[c * GAUGE_POINTS + g] = at.eastKm - middle.eastKm;
      layout.gaugeNorthKm[c * GAUGE_POINTS + g] = at.northKm - middle.northKm;
      layout.gaugeAzimuth[c * GAUGE_POINTS + g] = at.azimuth;
    }
  }
  const coupling = drawCoupling(random, channelCount, channelSpacingM);
  return { kind, channelCount, channelSpacingM, gaugeLengthM, coupling, ...layout };
}

interface PathPoint {
  readonly eastKm: number;
  readonly northKm: number;
  readonly azimuth: number;
}

/** A chain of straight pieces; `at` gives the point that many metres along it. */
function drawPath(
  random: Random,
  ranges: DasRanges,
  kind: DasLayout['kind'],
  lengthM: number,
): { at(alongM: number): PathPoint } {
  const pieces: { startM: number; eastKm: number; northKm: number; azimuth: number }[] = [];
  const first = 2 * Math.PI * random.uniform();
  // A zig-zag turns back and forth by one angle; a bend goes on anywhere.
  const turn = between(random, [Math.PI / 3, Math.PI]);
  const pieceM = logBetween(random, ranges.segmentM);
  let [startM, eastKm, northKm, azimuth] = [0, 0, 0, first];
  while (startM < lengthM) {
    pieces.push({ startM, eastKm, northKm, azimuth });
    const length = kind === 'straight' ? lengthM : pieceM * between(random, [0.7, 1.3]);
    eastKm += (length / 1000) * Math.sin(azimuth);
    northKm += (length / 1000) * Math.cos(azimuth);
    startM += length;
    azimuth =
      kind === 'zig-zag'
        ? first + (pieces.length % 2) * turn
        : azimuth + between(random, [-Math.PI / 2, Math.PI / 2]);
  }
  return {
    at: (alongM) => {
      let i = pieces.length - 1;
      while (i > 0 && (pieces[i]?.startM ?? 0) > alongM) i--;
      const piece = pieces[i] as (typeof pieces)[number];
      const km = (alongM - piece.startM) / 1000;
      return {
        eastKm: piece.eastKm + km * Math.sin(piece.azimuth),
        northKm: piece.northKm + km * Math.cos(piece.azimuth),
        azimuth: piece.azimuth,
      };
    },
  };
}

/** Log-normal, partly shared by neighbours: 30 % along tens of metres, 20 % of each channel. */
function drawCoupling(random: Random, channelCount: number, spacingM: number): Float64Array {
  const memory = Math.exp(-spacingM / 40);
  let smooth = random.normal();
  return Float64Array.from({ length: channelCount }, () => {
    smooth = memory * smooth + Math.sqrt(1 - memory * memory) * random.normal();
    return Math.exp(0.3 * smooth + 0.2 * random.normal());
  });
}
