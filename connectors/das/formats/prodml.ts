/**
 * PRODML 2.0 and 2.1 HDF5 files (Silixa, OptaSense, Sintela and others).
 * @module
 */
import type { DasFormat } from '../das-format.js';
import { withHdf5 } from '../../hdf5/hdf5.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import { PRODML_FORMAT, prodmlRecording } from './prodml-header.js';

/** Reads `/Acquisition/Raw[i]`; see DasOptions for the options. */
export const prodmlFormat: DasFormat = {
  format: PRODML_FORMAT,
  title: 'DAS, PRODML 2.0 and 2.1 (HDF5)',
  probe: (file) =>
    probeHdf5(file, (reader) =>
      reader.children('/Acquisition').some((name) => /^(Raw\[\d+\]|Processed)$/.test(name)) ? 1 : 0,
    ),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(prodmlRecording(reader, options))),
};
