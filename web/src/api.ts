/** Questions to the API of the same host. Out: its answers, or an error that says why. @module */
import type { FeatureCollection } from 'geojson';
import type {
  DeformationAnswer,
  EventAnswer,
  EventsAnswer,
  HealthAnswer,
  RegionsAnswer,
  ShakingAnswer,
} from './types.js';

/** How many events a page holds. */
export const EVENT_LIMIT = 1000;

export const fetchEvents = (): Promise<EventsAnswer> => get(`/api/events?limit=${EVENT_LIMIT}`);
export const fetchRegions = (): Promise<RegionsAnswer> => get('/api/regions');
export const fetchDeformation = (): Promise<DeformationAnswer> => get('/api/deformation');
export const fetchHealth = (): Promise<HealthAnswer> => get('/api/health');
export const fetchEvent = (eventId: string): Promise<EventAnswer> =>
  get(`/api/events/${encodeURIComponent(eventId)}`);

export const fetchShaking = (eventId: string): Promise<ShakingAnswer> =>
  get(`/api/events/${encodeURIComponent(eventId)}/shaking`);
/** The cells of a map of shaking as polygons. */
export const fetchShakingCells = (eventId: string): Promise<FeatureCollection> =>
  get(shakingUrl(eventId, 'shaking.geojson'));

/** Address of a file of an event's map of shaking. */
export function shakingUrl(eventId: string, file: string): string {
  return `/api/events/${encodeURIComponent(eventId)}/shaking/${encodeURIComponent(file)}`;
}

/** Address of an event at fdsnws-event. */
export function eventUrl(eventId: string, format: 'xml' | 'geojson'): string {
  const query = new URLSearchParams({ eventid: eventId, format });
  if (format === 'xml') query.set('includeallorigins', 'true');
  return `/fdsnws/event/1/query?${query}`;
}

async function get<T>(path: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(20_000) });
  } catch {
    throw new Error('the API does not answer');
  }
  if (!response.ok) throw new Error(await reasonOf(response));
  return (await response.json()) as T;
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not one of our answers (a proxy's page): the status is all there is.
  }
  return `the API answered ${response.status}`;
}
