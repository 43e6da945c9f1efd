/**
 * Fetches the map of shaking of the selected event. In: the store. Out: the map and its cells in it. A
 * map is made just after its event is stored: a new event's is asked for again for a while.
 * @module
 */
import { fetchShaking, fetchShakingCells } from '../api.js';
import type { Store } from '../state.js';

/** Wait before asking again for a map that is not there yet, ms, and how often. */
const AGAIN_MS = 5000;
const TRIES = 6;

export function followShaking(store: Store): void {
  let asked = 0;
  let timer: number | undefined;

  const load = async (eventId: string, version: number, triesLeft: number): Promise<void> => {
    const question = ++asked;
    try {
      const { shaking } = await fetchShaking(eventId);
      if (question !== asked) return;
      if (shaking?.version !== version && triesLeft > 0) {
        timer = window.setTimeout(() => void load(eventId, version, triesLeft - 1), AGAIN_MS);
      }
      if (!shaking) return;
      store.set({ shaking });
      if (shaking.problem !== null) return;
      const shakingCells = await fetchShakingCells(eventId);
      if (question === asked) store.set({ shakingCells });
    } catch (error) {
      // The page is whole without it, and the next selection asks again.
      console.error(error);
    }
  };

  store.listen(({ detail }, before) => {
    if (detail === before.detail) return;
    asked++;
    clearTimeout(timer);
    const isSame = detail?.event.eventId === before.detail?.event.eventId;
    if (!isSame) store.set({ shaking: null, shakingCells: null, shakingAt: null });
    if (detail) void load(detail.event.eventId, detail.event.preferred.version, TRIES);
  });
}
