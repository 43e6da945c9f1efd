/** An RGB picture in memory: rectangles, text, and the PNG bytes. @module */
import { encode } from 'fast-png';
import { drawText } from './bitmap-font.js';

export type Colour = readonly [number, number, number];

export const BLACK: Colour = [30, 30, 30];
export const WHITE: Colour = [255, 255, 255];

export interface Image {
  readonly width: number;
  readonly height: number;
  /** RGB, row-major from the top. */
  readonly data: Uint8Array;
}

/** A white picture. */
export function blankImage(width: number, height: number): Image {
  return { width, height, data: new Uint8Array(width * height * 3).fill(255) };
}

/** Sets a pixel; outside the picture nothing happens. */
export function setPixel(image: Image, x: number, y: number, colour: Colour): void {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  image.data.set(colour, 3 * (y * image.width + x));
}

/** Fills a rectangle. */
export function fillRectangle(
  image: Image,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  colour: Colour,
): void {
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) setPixel(image, x, y, colour);
  }
}

/** Writes text; `turned` writes upwards. */
export function writeText(
  image: Image,
  text: string,
  at: { readonly x: number; readonly y: number; readonly scale: number; readonly turned?: boolean },
): void {
  drawText(text, at.scale, (x, y) => {
    if (at.turned) setPixel(image, at.x + y, at.y - x, BLACK);
    else setPixel(image, at.x + x, at.y + y, BLACK);
  });
}

/** PNG bytes. */
export function pngBytes(image: Image): Uint8Array {
  const { width, height, data } = image;
  return encode({ width, height, data, channels: 3, depth: 8 });
}
