/** Connection state in the head of the page and the banner for what is wrong. @module */
import { byId } from '../dom.js';
import type { Connection, State, Store } from '../state.js';

const TEXTS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  away: 'not connected',
};

export function createStatus(store: Store): void {
  const connection = byId('connection');
  const problem = byId('problem');
  const draw = (state: State): void => {
    connection.dataset['state'] = state.connection;
    // Set only on change: a screen reader says it each time.
    const text = TEXTS[state.connection];
    if (connection.textContent !== text) connection.textContent = text;
    problem.hidden = state.problem === null;
    if (problem.textContent !== (state.problem ?? '')) problem.textContent = state.problem;
  };
  draw(store.get());
  store.listen(draw);
}
