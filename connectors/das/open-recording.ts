/**
 * A path in, the recording of whichever fibre format fits, for work that needs its blocks.
 * @module
 */
import type { ReadRequest } from '../../core/connector.js';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { openSourceFile } from '../source-file.js';
import { refuseDisagreements } from './audit.js';
import type { DasFormat } from './das-format.js';
import { DAS_FORMATS } from './formats.js';
import { dasOptions, type DasOptions } from './options.js';
import type { DasRecording } from './recording.js';

/** An opened recording with what a caller may ask about it. */
export interface OpenRecording {
  readonly recording: DasRecording;
  readonly options: DasOptions;
  readonly path: string;
}

/**
 * Opens the file with the format whose probe is surest, hands its recording to `use` and closes it.
 * Throws CorruptSourceError for an empty or damaged file, UnsupportedSourceError when no format
 * fits or when `strict` meets a disagreement, InvalidInputError for a bad option, UnavailableError
 * for a file that cannot be read.
 */
export async function withDasRecording<Result>(
  input: { readonly path: string; readonly options: ReadRequest['options'] },
  use: (open: OpenRecording) => Promise<Result>,
): Promise<Result> {
  const { options, audit } = dasOptions(input.options);
  const file = await openSourceFile({ path: input.path });
  if (file.bytes === 0) {
    throw new CorruptSourceError({ source: file.path, at: 'byte 0', reason: 'the file is empty' });
  }
  let best: { format: DasFormat; score: number } | null = null;
  const tried: string[] = [];
  for (const load of DAS_FORMATS) {
    const format = await load();
    const score = await format.probe(file);
    tried.push(format.format);
    if (score > (best?.score ?? 0)) best = { format, score };
    if (score === 1) break;
  }
  if (best === null) {
    throw new UnsupportedSourceError({
      source: file.path,
      reason: `no fibre format recognises the content; tried ${tried.join(', ')}`,
      remedy: 'convert the file to one of these formats',
      isRecognised: false,
    });
  }
  return best.format.withRecording({ file, options }, async (recording) => {
    if (options.strict) refuseDisagreements(file.path, recording.audit);
    const whole = { ...recording, audit: [...recording.audit, ...audit] };
    return use({ recording: whole, options, path: file.path });
  });
}
