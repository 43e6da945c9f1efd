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
  async () => (await import('./ap-sensing.js')).apSensingFormat,
  async () => (await import('./optodas.js')).optodasFormat,
  async () => (await import('./febus-a1.js')).febusA1Format,
  async () => (await import('./terra15.js')).terra15Format,
  async () => (await import('./silixa-h5.js')).silixaH5Format,
  async () => (await import('./neubrex.js')).neubrexFormat,
  async () => (await import('./gdr.js')).gdrFormat,
  async () => (await import('./odh4.js')).odh4Format,
  async () => (await import('./odh3.js')).odh3Format,
  async () => (await import('./miniseed.js')).miniseedFormat,
  async () => (await import('./zarr.js')).zarrFormat,
  async () => (await import('./dasdae.js')).dasdaeFormat,
  async () => (await import('./xdas-netcdf.js')).xdasNetcdfFormat,
  async () => (await import('./dasvader.js')).dasvaderFormat,
  async () => (await import('./generic-hdf5.js')).genericHdf5Format,
];
