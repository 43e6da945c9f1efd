/**
 * Samples that two files give differently. In: segments of a fibre, with the time their file was
 * written. Out: the segments without what a later written file corrected.
 * @module
 */
import { runTimeNs } from '../clock.js';
import type { WaveformSegment } from '../../../core/waveform.js';

/** Segments of one file. */
export interface WrittenSegments {
  /** When the file was written, ns since the epoch; of a repeated file the first time. */
  readonly writtenNs: bigint;
  /** Decides between files written at the same time: a hash of the content. */
  readonly contentId: string;
  readonly segments: readonly WaveformSegment[];
}

export interface ResolvedOverlaps {
  /** In the order of the input; null: nothing of the file was corrected. */
  readonly files: readonly (readonly WaveformSegment[] | null)[];
  /** Samples given differently, all channels together. */
  readonly samples: number;
  readonly channels: number;
  /** Stretch of time they lie in, ns; null when there are none. */
  readonly range: { readonly startNs: bigint; readonly endNs: bigint } | null;
}

/** Starts that agree with a lattice to this are on it, as in `tensors/sample-runs.ts`. */
const SAME_LATTICE_S = 1e-6;

/**
 * Where two files hold other values for the same channel, quantity and time, those of the later
 * written file stand, and the earlier file's segment is cut from the first to the last of them.
 * Equal samples are left where they are. The result depends on contents and times of writing only.
 * Segments whose samples lie between each other's are left alone: they are other samples.
 */
export function resolveOverlaps(input: readonly WrittenSegments[]): ResolvedOverlaps {
  const order = input
    .map((file, i) => ({ file, i }))
    .sort((a, b) => (isWrittenLater(a.file, b.file) ? -1 : 1));
  const standing = new Map<string, WaveformSegment[]>();
  const files: (readonly WaveformSegment[] | null)[] = input.map(() => null);
  const touched = new Set<string>();
  let samples = 0;
  let [startNs, endNs]: [bigint | null, bigint | null] = [null, null];
  for (const { file, i } of order) {
    let isCut = false;
    const kept = file.segments.flatMap((segment) => {
      const key = `${segment.component} ${segment.sensorId}`;
      let parts = [segment];
      for (const later of standing.get(key) ?? []) {
        parts = parts.flatMap((part) => {
          const cut = differing(part, later);
          if (!cut) return [part];
          isCut = true;
          samples += cut.count;
          touched.add(key);
          const [from, to] = [sampleNs(part, cut.from), sampleNs(part, cut.to)];
          if (startNs === null || from < startNs) startNs = from;
          if (endNs === null || to > endNs) endNs = to;
          return [slice(part, 0, cut.from), slice(part, cut.to, part.samples.length)].filter(
            (rest) => rest.samples.length > 0,
          );
        });
      }
      return parts;
    });
    if (isCut) files[i] = kept;
    for (const segment of kept) {
      const key = `${segment.component} ${segment.sensorId}`;
      const list = standing.get(key);
      if (list) list.push(segment);
      else standing.set(key, [segment]);
    }
  }
  const range = startNs === null || endNs === null ? null : { startNs, endNs };
  return { files, samples, channels: touched.size, range };
}

/** True when `a` was written after `b`; of the same time, the greater content id decides. */
export function isWrittenLater(
  a: Omit<WrittenSegments, 'segments'>,
  b: Omit<WrittenSegments, 'segments'>,
): boolean {
  return a.writtenNs === b.writtenNs ? a.contentId > b.contentId : a.writtenNs > b.writtenNs;
}

/** Samples of `earlier` from the first to the last that `later` gives differently, half-open. */
function differing(
  earlier: WaveformSegment,
  later: WaveformSegment,
): { from: number; to: number; count: number } | null {
  if (earlier.rateHz !== later.rateHz) return null;
  const exact = (Number(later.startNs - earlier.startNs) / 1e9) * earlier.rateHz;
  const shift = Math.round(exact);
  if (Math.abs(exact - shift) / earlier.rateHz > SAME_LATTICE_S) return null;
  const first = Math.max(0, shift);
  const end = Math.min(earlier.samples.length, shift + later.samples.length);
  let [from, to, count] = [-1, -1, 0];
  for (let i = first; i < end; i++) {
    // Both are finite; 0 and -0 are one value.
    if (earlier.samples[i] === later.samples[i - shift]) continue;
    if (from < 0) from = i;
    to = i + 1;
    count++;
  }
  return from < 0 ? null : { from, to, count };
}

function slice(segment: WaveformSegment, from: number, to: number): WaveformSegment {
  if (from === 0 && to === segment.samples.length) return segment;
  return {
    ...segment,
    startNs: sampleNs(segment, from),
    samples: segment.samples.subarray(from, to),
  };
}

function sampleNs(segment: WaveformSegment, index: number): bigint {
  const { startNs, rateHz } = segment;
  return runTimeNs({ firstIndex: 0, sampleCount: segment.samples.length, startNs, rateHz }, index);
}
