/** The options `--time A B` and `--distance A B`. @module */
import type { Command } from 'commander';
import { selectPart } from '../../../../connectors/das/blocks.js';
import type { DasRecording, SampleBlock } from '../../../../connectors/das/recording.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { isoToNs, secondsToNs } from '../../../../core/time.js';

/** Part of a recording as typed. */
export interface PartOptions {
  readonly time?: readonly string[];
  readonly distance?: readonly string[];
}

/** Adds `--time` and `--distance`. */
export function addPartOptions(command: Command): Command {
  return command
    .option(
      '--time <bounds...>',
      'A B: samples from A up to, not with, B; ISO-8601 UTC, or seconds from the first sample',
    )
    .option(
      '--distance <bounds...>',
      'A B: channels from A to B along the fibre, both included, m',
    );
}

/** The two bounds of each, and file names that an option swallowed. */
export function splitPart(
  options: PartOptions,
  files: readonly string[],
): { readonly files: string[]; readonly part: PartOptions } {
  const time = options.time?.slice(0, 2);
  const distance = options.distance?.slice(0, 2);
  return {
    files: [...files, ...(options.time?.slice(2) ?? []), ...(options.distance?.slice(2) ?? [])],
    part: { ...(time ? { time } : {}), ...(distance ? { distance } : {}) },
  };
}

/** Sample and channel numbers. Throws InvalidInputError for bounds that are no range of the file. */
export function partOf(recording: DasRecording, part: PartOptions): SampleBlock {
  const startNs = recording.runs[0]?.startNs ?? 0n;
  const time = bounds('--time', part.time, (text) =>
    /^[-+]?[\d.]+$/.test(text) ? startNs + secondsToNs(real('--time', text)) : isoToNs(text),
  );
  const distance = bounds('--distance', part.distance, (text) => real('--distance', text));
  return selectPart(recording, {
    time: time && { startNs: time[0], endNs: time[1] },
    distance: distance && { fromM: distance[0], toM: distance[1] },
  });
}

function bounds<T extends number | bigint>(
  name: string,
  texts: readonly string[] | undefined,
  parse: (text: string) => T,
): [T, T] | null {
  if (texts === undefined) return null;
  const [from, to] = texts.map(parse);
  if (from !== undefined && to !== undefined && from <= to) return [from, to];
  throw new InvalidInputError({
    what: name,
    reason: `'${texts.join(' ')}' is not two bounds, the smaller first`,
    remedy: `write it like ${name} A B`,
  });
}

function real(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidInputError({
    what: name,
    reason: `'${text}' is no number`,
    remedy: 'give metres or seconds',
  });
}
