/** Under the map: what shaking is where the pointer is, with its uncertainty. @module */
import { byId, make } from '../dom.js';
import { place } from '../format.js';
import { cellText } from '../shaking/scales.js';
import type { State, Store } from '../state.js';

const HINT = 'Point at the map to read shaking and its uncertainty (one standard deviation).';

export function createShakingReadout(store: Store): void {
  const line = make('p', { id: 'shaking-here', class: 'readout' });
  byId('legend').after(line);
  const draw = ({ shakingCells, shakingAt }: State): void => {
    line.hidden = shakingCells === null;
    line.textContent = shakingAt
      ? `${place(shakingAt.latitude, shakingAt.longitude)}: ${cellText(shakingAt)}`
      : HINT;
  };
  draw(store.get());
  store.listen((state, before) => {
    const { shakingCells, shakingAt } = state;
    if (shakingCells !== before.shakingCells || shakingAt !== before.shakingAt) draw(state);
  });
}
