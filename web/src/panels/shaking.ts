/** The selected event's map of shaking in words: strongest motions, what it rests on, files. @module */
import { shakingUrl } from '../api.js';
import { definitions, make, sentences } from '../dom.js';
import { fixed, place, sizeText } from '../format.js';
import { peakText } from '../shaking/scales.js';
import type { Shaking, StoredOrigin } from '../types.js';

/** Reasons for data left out that are listed. */
const MOST_REASONS = 4;

/** The section's parts; the map itself is on the map. */
export function shakingContent(shaking: Shaking | null, stored: StoredOrigin): HTMLElement[] {
  const head = make('h3', {}, 'Shaking');
  if (!shaking) {
    return [head, make('p', { class: 'quiet' }, absence(stored))];
  }
  if (!shaking.summary) return [head, make('p', {}, shaking.problem ?? 'no map')];
  const { summary, files, eventId } = shaking;
  const { strongest, observations, leaveOneOut } = summary;
  const { station, phone, felt } = observations.used;
  const more = observations.leftOut.length - MOST_REASONS;
  const notes = [
    ...(shaking.version === stored.version
      ? []
      : [`made for version ${shaking.version} of the origin`]),
    ...summary.notes,
    ...observations.leftOut.slice(0, MOST_REASONS),
    ...(more > 0 ? [`${more} more left out`] : []),
  ];
  const left = leaveOneOut.mmi;
  const list = definitions([
    ['Strongest', `MMI ${fixed(strongest.mmi.value, 1)} ± ${fixed(strongest.mmi.sigma, 1)}`],
    ['', peakText(strongest.pga.value, strongest.pga.sigma, 'gal')],
    ['', peakText(strongest.pgv.value, strongest.pgv.sigma, 'cm/s')],
    ['There', place(strongest.mmi.latitude, strongest.mmi.longitude)],
    ['Rests on', `${station} station peaks, ${phone} phones, ${felt} felt cells`],
    ['Model', `${summary.model}, Vs30 ${fixed(summary.vs30, 0)} m/s`],
    [
      'Left-out places',
      left ? `${fixed(100 * left.inside90, 0)} % of ${left.count} intensities inside 90 %` : null,
    ],
  ]);
  const links = files.map(({ name, bytes }) =>
    make('a', { href: shakingUrl(eventId, name) }, `${name} (${sizeText(bytes)})`),
  );
  const told = sentences(notes, 'notes');
  return [head, list, ...(told ? [told] : []), make('p', { class: 'downloads quiet' }, ...links)];
}

function absence({ eventId, origin }: StoredOrigin): string {
  return origin.magnitude.p50 < 3
    ? 'no map: they are made from magnitude 3 on'
    : `no map yet; quakeloom shake --event ${eventId} --publish makes one`;
}
