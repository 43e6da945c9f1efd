/** A file of phase readings in, events with their readings out, whatever its format. @module */
import type { EventReadings } from '../../core/picks.js';
import { readText } from './delimited.js';
import { parseNllObs } from './nll-obs.js';
import { parseQuakeMlPicks } from './quakeml-picks.js';

/** Reads a NonLinLoc phase file or QuakeML, plain or gzip, told apart by their first character. */
export async function readReadings(input: { readonly path: string }): Promise<EventReadings[]> {
  const text = await readText(input.path);
  const isXml = /^\uFEFF?\s*</.test(text);
  const file = { source: input.path, text };
  return isXml ? parseQuakeMlPicks(file) : parseNllObs(file);
}
