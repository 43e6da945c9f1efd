/** A grid of cells in, a waterfall picture with axes and colour bar out. @module */
import { LETTER_HEIGHT, textWidth } from './bitmap-font.js';
import { ticks } from './axis-ticks.js';
import {
  BLACK,
  blankImage,
  fillRectangle,
  setPixel,
  writeText,
  type Colour,
  type Image,
} from './image.js';
import { robustScale, type WaterfallGrid } from './waterfall-grid.js';

const MARGIN = { left: 104, right: 140, top: 40, bottom: 64 };
const SCALE = 2;
const BAR = { gap: 16, width: 16 };
const UNKNOWN: Colour = [200, 200, 200];
/** Blue over white to red (ColorBrewer RdBu, 9 classes, turned round). */
const DIVERGING: readonly Colour[] = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [247, 247, 247],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
];

export interface WaterfallInput {
  readonly grid: WaterfallGrid;
  readonly title: string;
  /** Time axis, s from `origin`. */
  readonly time: { readonly fromS: number; readonly toS: number; readonly label: string };
  /** First and last channel, by distance where channels are equally spaced, else by number. */
  readonly fibre: { readonly from: number; readonly to: number; readonly label: string };
  /** For the colour bar. */
  readonly unit: string;
}

/** Time runs to the right, distance downwards; colours saturate at the 98th percentile. */
export function waterfallImage(input: WaterfallInput): Image {
  const { grid } = input;
  // Small recordings are enlarged by whole pixels, so that cells stay sharp.
  const wide = Math.max(1, Math.floor(900 / grid.columns));
  const high = Math.max(1, Math.floor(500 / grid.rows));
  const width = grid.columns * wide;
  const height = grid.rows * high;
  const image = blankImage(
    MARGIN.left + width + MARGIN.right,
    MARGIN.top + Math.max(height, 120) + MARGIN.bottom,
  );
  const scale = robustScale(grid.values);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / high) * grid.columns + Math.floor(x / wide);
      const value = grid.values[cell] as number;
      const colour = Number.isNaN(value) ? UNKNOWN : diverging(value / scale);
      setPixel(image, MARGIN.left + x, MARGIN.top + y, colour);
    }
  }
  frame(image, { x: MARGIN.left, y: MARGIN.top, width, height });
  writeText(image, input.title, { x: MARGIN.left, y: 12, scale: SCALE });
  drawTimeAxis(image, input, width, height);
  drawFibreAxis(image, input, height);
  drawBar(image, { x: MARGIN.left + width + BAR.gap, height, scale, unit: input.unit });
  return image;
}

function drawTimeAxis(image: Image, input: WaterfallInput, width: number, height: number): void {
  const { fromS, toS, label } = input.time;
  const bottom = MARGIN.top + height;
  for (const { at, label: text } of ticks(fromS, toS, Math.max(2, Math.floor(width / 110)))) {
    const x = MARGIN.left + middleOf((at - fromS) / (toS - fromS || 1), input.grid.columns, width);
    fillRectangle(image, { x, y: bottom, width: 1, height: 6 }, BLACK);
    writeText(image, text, {
      x: x - Math.floor(textWidth(text, SCALE) / 2),
      y: bottom + 10,
      scale: SCALE,
    });
  }
  writeText(image, label, { x: MARGIN.left, y: bottom + 36, scale: SCALE });
}

/** Pixel of a place between the middles of the first cell and the last. */
function middleOf(part: number, cells: number, pixels: number): number {
  return Math.min(pixels - 1, Math.floor(((part * (cells - 1) + 0.5) / cells) * pixels));
}

function drawFibreAxis(image: Image, input: WaterfallInput, height: number): void {
  const { from, to, label: name } = input.fibre;
  for (const { at, label } of ticks(from, to, Math.max(2, Math.floor(height / 50)))) {
    const y = MARGIN.top + middleOf((at - from) / (to - from || 1), input.grid.rows, height);
    fillRectangle(image, { x: MARGIN.left - 6, y, width: 6, height: 1 }, BLACK);
    writeText(image, label, {
      x: MARGIN.left - 10 - textWidth(label, SCALE),
      y: y - Math.floor((LETTER_HEIGHT * SCALE) / 2) + 1,
      scale: SCALE,
    });
  }
  const middle = MARGIN.top + Math.floor((height + textWidth(name, SCALE)) / 2);
  writeText(image, name, { x: 4, y: middle, scale: SCALE, turned: true });
}

function drawBar(
  image: Image,
  bar: { x: number; height: number; scale: number; unit: string },
): void {
  const { x, height, scale, unit } = bar;
  for (let y = 0; y < height; y++) {
    const colour = diverging(1 - (2 * y) / Math.max(1, height - 1));
    fillRectangle(image, { x, y: MARGIN.top + y, width: BAR.width, height: 1 }, colour);
  }
  frame(image, { x, y: MARGIN.top, width: BAR.width, height });
  const texts = [scale, 0, -scale].map((value) => String(Number(value.toPrecision(2))));
  texts.forEach((text, i) => {
    const y = MARGIN.top + Math.round((i / 2) * (height - 1)) - i * 7;
    writeText(image, text, { x: x + BAR.width + 6, y, scale: SCALE });
  });
  // Short labels: a longer unit would leave the picture.
  const name = unit.length > 22 ? `${unit.slice(0, 20)}..` : unit;
  const end = image.width - textWidth(name, SCALE) - 4;
  writeText(image, name, { x: end, y: MARGIN.top + height + 36, scale: SCALE });
}

function frame(image: Image, box: { x: number; y: number; width: number; height: number }): void {
  const { x, y, width, height } = box;
  fillRectangle(image, { x: x - 1, y: y - 1, width: width + 2, height: 1 }, BLACK);
  fillRectangle(image, { x: x - 1, y: y + height, width: width + 2, height: 1 }, BLACK);
  fillRectangle(image, { x: x - 1, y: y - 1, width: 1, height: height + 2 }, BLACK);
  fillRectangle(image, { x: x + width, y: y - 1, width: 1, height: height + 2 }, BLACK);
}

/** Colour of a value between -1 and 1; beyond, the ends. */
function diverging(value: number): Colour {
  const at = ((Math.min(1, Math.max(-1, value)) + 1) / 2) * (DIVERGING.length - 1);
  const below = Math.min(DIVERGING.length - 2, Math.floor(at));
  const [a, b] = [DIVERGING[below] as Colour, DIVERGING[below + 1] as Colour];
  const mix = (i: 0 | 1 | 2): number => Math.round(a[i] + (at - below) * (b[i] - a[i]));
  return [mix(0), mix(1), mix(2)];
}
