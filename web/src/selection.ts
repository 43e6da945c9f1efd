/**
 * The selected event: kept in the address (`#ql…`), so that a link shows it. In: the store. Out: the
 * event's versions in the store, fetched anew when it gets another.
 * @module
 */
import { fetchEvent } from './api.js';
import type { Store } from './state.js';

/** Selects an event (null: none) by way of the address. */
export function select(eventId: string | null): void {
  if (eventId === idInAddress()) return;
  if (eventId) location.hash = encodeURIComponent(eventId);
  else {
    history.pushState(null, '', location.pathname + location.search);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }
}

export function followSelection(store: Store): void {
  let asked = 0;

  const load = async (eventId: string): Promise<void> => {
    const question = ++asked;
    try {
      const detail = await fetchEvent(eventId);
      if (question !== asked) return;
      const { eventId: now } = detail.event;
      // An id that was merged into another leads to that one.
      if (now !== eventId) history.replaceState(null, '', `#${encodeURIComponent(now)}`);
      store.set({ selectedId: now, detail, detailProblem: null });
    } catch (error) {
      if (question !== asked) return;
      store.set({ detailProblem: error instanceof Error ? error.message : String(error) });
    }
  };

  const follow = (): void => {
    const selectedId = idInAddress();
    if (selectedId === store.get().selectedId) return;
    asked++;
    store.set({ selectedId, detail: null, detailProblem: null });
    if (selectedId) void load(selectedId);
  };

  store.listen(({ quakes, selectedId, detail, detailProblem }, before) => {
    if (!selectedId || quakes === before.quakes) return;
    const versions = quakes?.get(selectedId)?.versions;
    const isNew = versions !== undefined && detail !== null && versions !== detail.event.versions;
    if (isNew || detailProblem !== null) void load(selectedId);
  });
  window.addEventListener('hashchange', follow);
  window.addEventListener('popstate', follow);
  follow();
}

function idInAddress(): string | null {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null;
  } catch {
    return null;
  }
}
