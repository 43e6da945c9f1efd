/**
 * A fibre format as the rest of the program sees it: opened, it is a DasRecording, whatever file it
 * came from. A format file only has to recognise its content and fill in the recording.
 * @module
 */
import type { Connector, ReadRequest, SourceFile } from '../../core/connector.js';
import { refuseDisagreements } from './audit.js';
import { dasOptions, type DasOptions } from './options.js';
import { recordingTable } from './read-recording.js';
import { recordingScan, type DasRecording } from './recording.js';

export interface DasFormat {
  /** For example `das/febus-a1`. */
  readonly format: string;
  readonly title: string;
  /** 0 = not mine, 1 = certain. Decides on content, never on the name. Must not throw. */
  probe(file: SourceFile): Promise<number>;
  /**
   * Opens the file, reads its headers only, hands the recording to `use` and always closes the
   * file; the recording's `readBlock` is valid only inside `use`. Throws CorruptSourceError,
   * UnsupportedSourceError or what `use` throws.
   */
  withRecording<Result>(
    input: { readonly file: SourceFile; readonly options: DasOptions },
    use: (recording: DasRecording) => Promise<Result>,
  ): Promise<Result>;
}

/** The format as a connector that gives waveform tables. */
export function dasConnector(format: DasFormat): Connector {
  const open = <Result>(
    input: { file: SourceFile; options: ReadRequest['options'] },
    use: (recording: DasRecording, options: DasOptions) => Promise<Result>,
  ): Promise<Result> => {
    const { options, audit } = dasOptions(input.options);
    return format.withRecording({ file: input.file, options }, async (recording) => {
      if (options.strict) refuseDisagreements(input.file.path, recording.audit);
      return use({ ...recording, audit: [...recording.audit, ...audit] }, options);
    });
  };
  return {
    format: format.format,
    source: 'das',
    title: format.title,
    probe: (file) => format.probe(file),
    scan: (file, options) =>
      open({ file, options }, async (recording, checked) => recordingScan(recording, checked)),
    read: ({ file, window, options }) =>
      open({ file, options }, (recording, checked) =>
        recordingTable(recording, { source: file.path, window, options: checked }),
      ),
  };
}
