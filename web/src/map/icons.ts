/**
 * Images drawn on a canvas: the hatched disc of a simulated event in each colour, and its label.
 * Text as an image needs no font files, which a style's text layers would ask a server for.
 * @module
 */
import type { Map as MapLibreMap } from 'maplibre-gl';
import { allColours } from '../colours.js';
import type { MapTheme } from './style.js';

/** Side of a hatched disc at icon size 1, CSS px. */
export const HATCH_PX = 48;
const SCALE = 2;

/** Name of the disc in a colour. */
export const hatchName = (colour: string): string => `hatch-${colour}`;

/** Adds or replaces all images of the map. */
export function addImages(map: MapLibreMap, theme: MapTheme): void {
  for (const colour of allColours()) put(map, hatchName(colour), drawHatch(colour));
  put(map, 'label-simulated', drawLabel('SIMULATED', theme));
}

function put(map: MapLibreMap, name: string, image: ImageData): void {
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image, { pixelRatio: SCALE });
}

function drawHatch(colour: string): ImageData {
  const side = HATCH_PX * SCALE;
  const context = canvasOf(side, side);
  const middle = side / 2;
  const radius = middle - 3;
  context.beginPath();
  context.arc(middle, middle, radius, 0, 2 * Math.PI);
  context.save();
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 7;
  for (let x = -side; x < side; x += 18) {
    context.moveTo(x, side);
    context.lineTo(x + side, 0);
  }
  context.stroke();
  context.restore();
  context.beginPath();
  context.arc(middle, middle, radius, 0, 2 * Math.PI);
  context.setLineDash([14, 8]);
  context.lineWidth = 6;
  context.strokeStyle = colour;
  context.stroke();
  return context.getImageData(0, 0, side, side);
}

function drawLabel(text: string, theme: MapTheme): ImageData {
  const font = `600 ${10 * SCALE}px system-ui, sans-serif`;
  const measure = canvasOf(1, 1);
  measure.font = font;
  const width = Math.ceil(measure.measureText(text).width) + 8 * SCALE;
  const height = 15 * SCALE;
  const context = canvasOf(width, height);
  context.fillStyle = theme.land;
  context.globalAlpha = 0.85;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 1;
  context.font = font;
  context.fillStyle = theme.ink;
  context.textBaseline = 'middle';
  context.fillText(text, 4 * SCALE, height / 2 + 1);
  return context.getImageData(0, 0, width, height);
}

function canvasOf(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser draws no canvas');
  return context;
}
