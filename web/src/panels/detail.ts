/** The selected event: numbers with their intervals, sources, versions, provenance. @module */
import { eventUrl } from '../api.js';
import { byId, definitions, make, sentences } from '../dom.js';
import { fixed, interval, place, probability, time } from '../format.js';
import { select } from '../selection.js';
import type { State, Store } from '../state.js';
import type { EventAnswer, Marginal, Shaking, StoredOrigin } from '../types.js';
import { contributionBars } from './contributions.js';
import { provenanceList } from './provenance.js';
import { shakingContent } from './shaking.js';
import { changesOf } from './version-changes.js';

/** As in style.css. */
const TWO_COLUMNS = '(min-width: 1000px)';

export function createDetail(store: Store): void {
  const panel = byId('detail');
  const draw = (state: State): void => {
    panel.replaceChildren(...contentOf(state));
  };
  draw(store.get());
  const drawn = ['selectedId', 'detail', 'detailProblem', 'temporalUiUrl', 'shaking'] as const;
  store.listen((state, before) => {
    if (drawn.some((field) => state[field] !== before[field])) draw(state);
    // In one column the panel lies below the table: a choice there would seem to do nothing.
    const isChosen = state.selectedId !== null && state.selectedId !== before.selectedId;
    if (isChosen && before.quakes && !window.matchMedia(TWO_COLUMNS).matches) {
      panel.scrollIntoView({ block: 'start' });
    }
  });
}

function contentOf(state: State): readonly Node[] {
  const { selectedId, detail, detailProblem, temporalUiUrl } = state;
  if (!selectedId) {
    return [make('p', { class: 'empty' }, 'Choose an event in the table or on the map.')];
  }
  const close = make('button', { type: 'button', class: 'close' }, 'Close');
  close.addEventListener('click', () => select(null));
  const head = make('div', { class: 'section-head' }, make('h2', {}, selectedId), close);
  if (detailProblem) return [head, make('p', { role: 'alert', class: 'empty' }, detailProblem)];
  if (!detail) return [head, make('p', { class: 'empty' }, 'loading')];
  return [head, ...eventContent(detail, state.shaking, temporalUiUrl)];
}

function eventContent(
  { event, origins }: EventAnswer,
  shaking: Shaking | null,
  temporalUiUrl: string | null,
): Node[] {
  const { origin, provenance, version, createdAt } = event.preferred;
  const isSynthetic = provenance.synthetic;
  const parts = [
    make(
      'p',
      { class: 'lead' },
      make('b', {}, `M ${fixed(origin.magnitude.mean, 1)}`),
      `, ${place(origin.latitude.mean, origin.longitude.mean)}, ${event.regionId}`,
    ),
    isSynthetic
      ? make('p', { class: 'simulated-note' }, 'SIMULATED: made from synthetic observations.')
      : null,
    marginalTable(origin),
    definitions([
      ['Origin time', `${time(origin.originTime, 3)} ± ${fixed(origin.originTimeSdS, 2)} s`],
      ['Is an earthquake', probability(origin.existenceProbability)],
      ['90 % ellipse', ellipseText(origin)],
      ['Arrivals', `${origin.arrivalsUsed} used, ${origin.sensorsUp} sensors up`],
      ['Azimuthal gap', `${fixed(origin.azimuthalGapDeg, 0)}°`],
      ['Nearest sensor', nearestText(origin)],
    ]),
    make('h3', {}, 'Notes'),
    sentences(origin.notes, 'notes') ?? make('p', { class: 'quiet' }, 'none'),
    ...shakingContent(shaking, event.preferred),
    make('h3', {}, 'What each source says'),
    make('p', { class: 'quiet' }, 'Evidence in nats (number of items); below zero: against.'),
    contributionBars(origin.contributions),
    make('h3', {}, 'Versions'),
    versionList(origins),
    make('h3', {}, `Provenance of version ${version}`),
    make('p', { class: 'quiet' }, `stored ${time(createdAt, 0)}`),
    provenanceList(provenance, temporalUiUrl),
    make('h3', {}, 'Download'),
    make(
      'p',
      { class: 'downloads' },
      make('a', { href: eventUrl(event.eventId, 'xml') }, 'QuakeML (all versions)'),
      make('a', { href: eventUrl(event.eventId, 'geojson') }, 'GeoJSON'),
    ),
  ];
  return parts.filter((part) => part !== null);
}

function marginalTable(origin: StoredOrigin['origin']): HTMLElement {
  const rows: readonly (readonly [string, Marginal, number])[] = [
    ['Magnitude', origin.magnitude, 2],
    ['Latitude, °', origin.latitude, 3],
    ['Longitude, °', origin.longitude, 3],
    ['Depth, km', origin.depthKm, 1],
  ];
  const heads = ['', 'median', '90 % interval', 'sd'].map((head) =>
    make('th', { scope: 'col' }, head),
  );
  return make(
    'table',
    { class: 'marginals' },
    make('caption', { class: 'hidden-title' }, 'Posterior of each parameter'),
    make('thead', {}, make('tr', {}, ...heads)),
    make(
      'tbody',
      {},
      ...rows.map(([name, marginal, decimals]) =>
        make(
          'tr',
          {},
          make('th', { scope: 'row' }, name),
          make('td', {}, fixed(marginal.p50, decimals)),
          make('td', {}, interval(marginal, decimals)),
          make('td', {}, fixed(marginal.sd, decimals)),
        ),
      ),
    ),
  );
}

function versionList(origins: readonly StoredOrigin[]): HTMLElement {
  const items = origins.map((stored, i) =>
    make(
      'li',
      {},
      make('b', {}, `Version ${stored.version}`),
      ` M ${fixed(stored.origin.magnitude.mean, 2)}, stored ${time(stored.createdAt, 0)}`,
      make('span', { class: 'changes' }, changesOf(origins[i - 1] ?? null, stored).join('; ')),
    ),
  );
  return make('ul', { class: 'versions' }, ...items.reverse());
}

function ellipseText({ ellipse90 }: StoredOrigin['origin']): string {
  const { semiMajorKm, semiMinorKm, azimuthDeg } = ellipse90;
  const axes = `${fixed(semiMajorKm, 1)} by ${fixed(semiMinorKm, 1)} km`;
  return `${axes} (half axes), long axis ${fixed(azimuthDeg, 0)}° from north`;
}

function nearestText({ nearestSensorKm }: StoredOrigin['origin']): string {
  return nearestSensorKm === null ? 'no sensor' : `${fixed(nearestSensorKm, 1)} km`;
}
