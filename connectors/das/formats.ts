/**
 * All fibre formats. Adding one is a file and a line here.
 * @module
 */
import type { DasFormat } from './das-format.js';

/** In the order in which they win a tie; a module is loaded only when a file has to be looked at. */
export const DAS_FORMATS: readonly (() => Promise<DasFormat>)[] = [
  async () => (await import('./formats/prodml.js')).prodmlFormat,
  async () => (await import('./formats/ai4eps.js')).ai4epsFormat,
  async () => (await import('./formats/tdms.js')).tdmsFormat,
  async () => (await import('./formats/sintela.js')).sintelaFormat,
  async () => (await import('./formats/segy.js')).segyFormat,
  async () => (await import('./formats/ap-sensing.js')).apSensingFormat,
  async () => (await import('./formats/optodas.js')).optodasFormat,
  async () => (await import('./formats/febus-a1.js')).febusA1Format,
  async () => (await import('./formats/terra15.js')).terra15Format,
  async () => (await import('./formats/silixa-h5.js')).silixaH5Format,
  async () => (await import('./formats/neubrex.js')).neubrexFormat,
  async () => (await import('./formats/gdr.js')).gdrFormat,
  async () => (await import('./formats/odh4.js')).odh4Format,
  async () => (await import('./formats/odh3.js')).odh3Format,
  async () => (await import('./formats/miniseed.js')).miniseedFormat,
  async () => (await import('./formats/zarr.js')).zarrFormat,
  async () => (await import('./formats/dasdae.js')).dasdaeFormat,
  async () => (await import('./formats/xdas-netcdf.js')).xdasNetcdfFormat,
  async () => (await import('./formats/dasvader.js')).dasvaderFormat,
  async () => (await import('./formats/generic-hdf5.js')).genericHdf5Format,
];
