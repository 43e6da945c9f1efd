/** How much each source moved the answer, in nats, as bars from a common zero. @module */
import { make } from '../dom.js';
import { signed, sourceName } from '../format.js';
import type { StoredOrigin } from '../types.js';

type Contribution = StoredOrigin['origin']['contributions'][number];

/** A list of bars: to the right for the event, to the left against it. */
export function contributionBars(contributions: readonly Contribution[]): HTMLElement {
  if (contributions.length === 0) return make('p', { class: 'quiet' }, 'none recorded');
  const low = Math.min(0, ...contributions.map(({ nats }) => nats));
  const high = Math.max(0, ...contributions.map(({ nats }) => nats));
  const span = high - low || 1;
  const list = make('ul', { class: 'bars' });
  for (const { source, nats, items } of contributions) {
    const bar = make('span', {
      class: `bar ${nats < 0 ? 'against' : 'for'}`,
      'aria-hidden': 'true',
    });
    bar.style.marginInlineStart = `${((Math.min(0, nats) - low) / span) * 100}%`;
    bar.style.inlineSize = `${(Math.abs(nats) / span) * 100}%`;
    const value = `${signed(nats, Math.abs(nats) < 10 ? 2 : 1)} nats`;
    list.append(
      make(
        'li',
        {},
        make('span', { class: 'bar-name' }, sourceName(source)),
        make('span', { class: 'bar-track' }, bar),
        make(
          'span',
          { class: 'bar-value' },
          value,
          make('span', { class: 'quiet' }, ` (${items})`),
        ),
      ),
    );
  }
  return list;
}
