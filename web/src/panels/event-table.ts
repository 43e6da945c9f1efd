/**
 * The table of events: sorted by its headings, walked with the arrow keys, in step with the map
 * through the selection.
 * @module
 */
import { byId, make } from '../dom.js';
import { select } from '../selection.js';
import { EVENT_LIMIT } from '../api.js';
import type { State, Store } from '../state.js';
import type { Quake } from '../types.js';
import { COLUMNS, type Column } from './table-columns.js';

interface Order {
  readonly column: Column;
  readonly direction: 'ascending' | 'descending';
}

export function createEventTable(store: Store): void {
  const box = byId('events');
  const count = byId('event-count');
  let order: Order = { column: COLUMNS[0] as Column, direction: 'descending' };
  const headings = COLUMNS.map((column) => {
    const button = make('button', { type: 'button', title: column.meaning }, column.title);
    const heading = make('th', { scope: 'col', class: classOf(column) }, button);
    button.addEventListener('click', () => {
      const other = order.direction === 'ascending' ? 'descending' : 'ascending';
      const direction = column === order.column ? other : column.firstOrder;
      order = { column, direction };
      draw(store.get());
    });
    return heading;
  });
  const body = make('tbody');
  const caption = make(
    'caption',
    { class: 'hidden-title' },
    'Events; choose one to see its detail',
  );
  const table = make('table', {}, caption, make('thead', {}, make('tr', {}, ...headings)), body);
  const empty = make(
    'p',
    { class: 'empty' },
    'No events yet: run ',
    make('code', {}, 'npm run demo'),
    '.',
  );
  const scroller = make(
    'div',
    { class: 'scroller', role: 'region', 'aria-label': 'Table of events', tabindex: 0 },
    table,
  );
  box.append(scroller, empty);

  const draw = ({ quakes, selectedId }: State): void => {
    const rows = sorted([...(quakes?.values() ?? [])], order);
    headings.forEach((heading, i) => {
      const isSorted = COLUMNS[i] === order.column;
      heading.setAttribute('aria-sort', isSorted ? order.direction : 'none');
    });
    const focusedId = (document.activeElement?.closest('tr') as HTMLElement | null)?.dataset['id'];
    body.replaceChildren(...rows.map((quake) => rowOf(quake, quake.eventId === selectedId)));
    if (focusedId) linkOf(body, focusedId)?.focus();
    scroller.hidden = rows.length === 0;
    empty.hidden = quakes === null || rows.length > 0;
    const limit = rows.length >= EVENT_LIMIT ? ` (the latest ${EVENT_LIMIT})` : '';
    count.textContent = quakes && rows.length > 0 ? `${rows.length}${limit}` : '';
  };

  body.addEventListener('click', (event) => {
    const id = (event.target as Element).closest<HTMLElement>('tr')?.dataset['id'];
    if (id) select(id);
  });
  body.addEventListener('keydown', (event) => {
    const row = (event.target as Element).closest('tr');
    const others: Record<string, Element | null | undefined> = {
      ArrowDown: row?.nextElementSibling,
      ArrowUp: row?.previousElementSibling,
      Home: body.firstElementChild,
      End: body.lastElementChild,
    };
    const next = others[event.key];
    if (!next) return;
    event.preventDefault();
    next.querySelector<HTMLElement>('.row-link')?.focus();
  });
  draw(store.get());
  store.listen((state, before) => {
    if (state.quakes !== before.quakes) draw(state);
    else if (state.selectedId !== before.selectedId) mark(body, state.selectedId);
    if (state.selectedId && state.selectedId !== before.selectedId) {
      linkOf(body, state.selectedId)?.closest('tr')?.scrollIntoView({ block: 'nearest' });
    }
  });
}

function rowOf(quake: Quake, isSelected: boolean): HTMLTableRowElement {
  const isSynthetic = quake.preferred.provenance.synthetic;
  const row = make('tr', { 'data-id': quake.eventId, class: isSynthetic ? 'simulated' : null });
  for (const column of COLUMNS) {
    row.append(make('td', { class: classOf(column) }, ...column.cell(quake)));
  }
  if (isSelected) markRow(row, true);
  return row;
}

function mark(body: HTMLElement, selectedId: string | null): void {
  for (const row of body.querySelectorAll<HTMLTableRowElement>('tr')) {
    markRow(row, row.dataset['id'] === selectedId);
  }
}

function markRow(row: HTMLTableRowElement, isSelected: boolean): void {
  row.classList.toggle('selected', isSelected);
  const link = row.querySelector('.row-link');
  if (isSelected) link?.setAttribute('aria-current', 'true');
  else link?.removeAttribute('aria-current');
}

function linkOf(body: HTMLElement, eventId: string): HTMLElement | null {
  return body.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(eventId)}"] .row-link`);
}

function sorted(quakes: readonly Quake[], { column, direction }: Order): Quake[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...quakes].sort((a, b) => {
    const [x, y] = [column.sortKey(a), column.sortKey(b)];
    if (x !== y) return x < y ? -sign : sign;
    return a.eventId < b.eventId ? -1 : 1;
  });
}

function classOf(column: Column): string {
  return `${column.isNumber ? 'number' : 'text'}${column.isMinor ? ' minor' : ''}`;
}
