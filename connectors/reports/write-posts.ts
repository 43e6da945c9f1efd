/**
 * Posts in, a JSON-lines post stream out: for the simulator and for tests.
 * @module
 */
import { nsToIso } from '../../core/time.js';
import { writeWhole } from './write-dyfi.js';

/** One post: when, perhaps where, never what or who. */
export interface Post {
  readonly timeNs: bigint;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Uncertainty of the place, km; null when unknown. */
  readonly radiusKm: number | null;
  /** Only to recognise repeats; null for none. */
  readonly id: string | null;
}

/** Writes one line a post, in the order given; the file appears at once when it is complete. */
export async function writePosts(input: {
  readonly path: string;
  readonly posts: readonly Post[];
}): Promise<void> {
  const lines = input.posts.map((post) =>
    JSON.stringify({
      time: nsToIso(post.timeNs),
      ...(post.latitude === null || post.longitude === null
        ? {}
        : { lat: post.latitude, lon: post.longitude }),
      ...(post.radiusKm === null ? {} : { radiusKm: post.radiusKm }),
      ...(post.id === null ? {} : { id: post.id }),
    }),
  );
  await writeWhole(input.path, lines.map((line) => `${line}\n`).join(''));
}
