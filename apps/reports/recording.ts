/**
 * Posts of a recording, in whatever order the file has them, through the detector in the order of
 * their times: one that is dated ahead of the others must not hold up those after it.
 * @module
 */
import {
  createPostDetector,
  type Declaration,
  type FirstHandPost,
} from '../../models/reports/detect/detector.js';

/** What the detector made of a recording. */
export interface Detected {
  readonly declarations: readonly Declaration[];
  readonly counted: number;
  readonly repeated: number;
}

export interface Recording {
  /** The recording holds posts of this time, first-hand or not. */
  covers(timeS: number): void;
  add(post: FirstHandPost): void;
  /** A deletion, after the posts that were added before it. */
  remove(post: { readonly timeS: number; readonly language: string }): void;
  detect(): Detected;
}

const DAY_S = 86_400;
/** A longer break is another recording: what was learned before it is not asked. */
const LONGEST_BREAK_DAYS = 7;

type Step =
  | { readonly timeS: number; readonly post: FirstHandPost }
  | { readonly timeS: number; readonly removed: Parameters<Recording['remove']>[0] };

/** Days without any post, and not beside one with, were not recorded: they teach no rate. */
export function createRecording(): Recording {
  const steps: Step[] = [];
  /** First time covered on each day. */
  const days = new Map<number, number>();
  let fileS = Number.NEGATIVE_INFINITY;
  const up = (fromS: number, toS: number): number => {
    let sum = 0;
    for (let atS = fromS; atS < toS;) {
      const day = Math.floor(atS / DAY_S);
      const endS = Math.min(toS, (day + 1) * DAY_S);
      if (days.has(day - 1) || days.has(day) || days.has(day + 1)) sum += endS - atS;
      atS = endS;
    }
    return sum;
  };
  return {
    covers: (timeS) => {
      const day = Math.floor(timeS / DAY_S);
      days.set(day, Math.min(timeS, days.get(day) ?? timeS));
    },
    add: (post) => {
      fileS = post.timeS;
      steps.push({ timeS: post.timeS, post });
    },
    remove: (removed) => void steps.push({ timeS: Math.max(fileS, removed.timeS), removed }),
    detect: () => {
      const declarations: Declaration[] = [];
      let [counted, repeated, next] = [0, 0, 0];
      const sorted = [...steps].sort((a, b) => a.timeS - b.timeS);
      for (const { startS, endS } of stretches(days)) {
        const detector = createPostDetector({ startS, up });
        for (; next < sorted.length && (sorted[next] as Step).timeS < endS; next++) {
          const step = sorted[next] as Step;
          if ('removed' in step) {
            detector.remove(step.removed);
            continue;
          }
          const declared = detector.add(step.post);
          if (declared) declarations.push(declared);
        }
        counted += detector.counted();
        repeated += detector.repeated();
      }
      return { declarations, counted, repeated };
    },
  };
}

/** Recorded time without long breaks: from the first post to the end of the last day. */
function stretches(
  days: ReadonlyMap<number, number>,
): { readonly startS: number; readonly endS: number }[] {
  const found: { startS: number; endS: number; lastDay: number }[] = [];
  for (const [day, firstS] of [...days].sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    const endS = (day + 1) * DAY_S;
    if (last && day - last.lastDay <= LONGEST_BREAK_DAYS) {
      Object.assign(last, { endS, lastDay: day });
    } else found.push({ startS: firstS, endS, lastDay: day });
  }
  return found;
}
