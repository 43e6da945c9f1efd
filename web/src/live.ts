/**
 * Follows /api/stream and fetches what it does not carry. In: the store. Out: changes of the store.
 * @module
 */
import { fetchDeformation, fetchEvents, fetchHealth, fetchRegions } from './api.js';
import type { Store } from './state.js';
import type { Quake } from './types.js';

/** Wait before a new connection after the browser gave one up, ms. */
const REOPEN_MS = 3000;
/** Changes within this time lead to one fetch of the list, ms. */
const SETTLE_MS = 1500;
/** Products without a message of their own (deformation, regions) are asked for this often, ms. */
const SLOW_MS = 60_000;

export function followLive(store: Store): void {
  let settle: number | undefined;

  const refresh = async (): Promise<void> => {
    try {
      const [events, regions, products, health] = await Promise.all([
        fetchEvents(),
        fetchRegions(),
        fetchDeformation(),
        fetchHealth(),
      ]);
      store.set({
        quakes: new Map(events.events.map((quake) => [quake.eventId, quake])),
        regions: regions.regions,
        deformation: products.deformation,
        temporalUiUrl: health.temporalUiUrl,
        problem: null,
      });
    } catch (error) {
      store.set({ problem: problemOf(error) });
    }
  };

  const refreshSoon = (): void => {
    clearTimeout(settle);
    settle = window.setTimeout(() => void refresh(), SETTLE_MS);
  };

  const open = (): void => {
    const stream = new EventSource('/api/stream');
    stream.addEventListener('open', () => {
      store.set({ connection: 'live' });
      void refresh();
    });
    stream.addEventListener('quake', (message) => {
      const quake = JSON.parse(String(message.data)) as Quake;
      const known = store.get().quakes;
      if (known?.get(quake.eventId)?.versions === quake.versions) return;
      store.set({ quakes: new Map(known ?? []).set(quake.eventId, quake) });
      // Two events may have become one, which only the list tells.
      refreshSoon();
    });
    stream.addEventListener('trouble', (message) => {
      store.set({ problem: problemOf(new Error(String(JSON.parse(String(message.data))))) });
    });
    stream.addEventListener('recovered', () => void refresh());
    stream.addEventListener('error', () => {
      store.set({ connection: 'away', problem: problemOf(new Error('the API does not answer')) });
      // The browser itself tries again after a lost connection, not after an HTTP error.
      if (stream.readyState !== EventSource.CLOSED) return;
      stream.close();
      setTimeout(open, REOPEN_MS);
    });
  };

  open();
  void refresh();
  setInterval(() => {
    if (!document.hidden && store.get().connection === 'live') void refresh();
  }, SLOW_MS);
}

function problemOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const text = reason.charAt(0).toUpperCase() + reason.slice(1).replace(/\.$/, '');
  return `${text}. What is shown may be old; trying again.`;
}
