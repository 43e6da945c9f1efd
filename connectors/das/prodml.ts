/**
 * PRODML 2.0 and 2.1 HDF5 files (Silixa, OptaSense, Sintela and others): file in, waveform table
 * out. Only the wanted time and channels are read.
 * @module
 */
import type { Connector, ReadRequest, SourceFile } from '../../core/connector.js';
import { hasHdf5Signature, withHdf5 } from './hdf5.js';
import { dasOptions } from './options.js';
import { PRODML_FORMAT, prodmlRecording } from './prodml-header.js';
import { recordingScan, recordingTable, type DasRecording } from './recording.js';

/** Reads `/Acquisition/Raw[i]`; see DasOptions for the options. */
export const prodmlConnector: Connector = {
  format: PRODML_FORMAT,
  source: 'das',
  title: 'DAS, PRODML 2.0 and 2.1 (HDF5)',
  probe: (file) =>
    probeHdf5(file, (children) =>
      children('/Acquisition').some((name) => /^(Raw\[\d+\]|Processed)$/.test(name)) ? 1 : 0,
    ),
  scan: async (file, options) => {
    const checked = dasOptions(options);
    return withHdf5(file, (reader) => {
      const recording = prodmlRecording(reader, checked.options);
      return recordingScan(withAudit(recording, checked.audit), checked.options);
    });
  },
  read: async ({ file, window, options }: ReadRequest) => {
    const checked = dasOptions(options);
    return withHdf5(file, (reader) => {
      const recording = prodmlRecording(reader, checked.options);
      return recordingTable(reader, withAudit(recording, checked.audit), {
        window,
        options: checked.options,
      });
    });
  },
};

/** The recording with further lines of audit. */
export function withAudit(recording: DasRecording, audit: readonly string[]): DasRecording {
  return { ...recording, audit: [...recording.audit, ...audit] };
}

/**
 * Probe of an HDF5 format by its groups and datasets. A file with the HDF5 signature that cannot be
 * opened gets 0.1, so that its reader says what is broken.
 */
export async function probeHdf5(
  file: SourceFile,
  score: (children: (group: string) => string[]) => number,
): Promise<number> {
  if (!hasHdf5Signature(file.head)) return 0;
  try {
    return await withHdf5(file, (reader) => score((group) => reader.children(group)));
  } catch {
    return 0.1;
  }
}
