/**
 * All fibre formats. Adding one is a file and a line here.
 * @module
 */
import type { DasFormat } from './das-format.js';

/** In the order in which they win a tie; a module is loaded only when a file has to be looked at. */
export const DAS_FORMATS: readonly (() => Promise<DasFormat>)[] = [
  async () => (await import('./prodml.js')).prodmlFormat,
  async () => (await import('./ai4eps.js')).ai4epsFormat,
  async () => (await import('./tdms.js')).tdmsFormat,
  async () => (await import('./sintela.js')).sintelaFormat,
  async () => (await import('./segy.js')).segyFormat,
];
