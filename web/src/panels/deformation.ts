/**
 * Products made from InSAR. Their summaries differ by model, so numbers are shown under their own
 * names, with the unit that the name ends in.
 * @module
 */
import { byId, definitions, make, sentences } from '../dom.js';
import { sizeText, time } from '../format.js';
import type { State, Store } from '../state.js';
import type { DeformationProduct } from '../types.js';
import { summaryRows } from './summary-rows.js';

const TITLES: Readonly<Record<DeformationProduct['kind'], string>> = {
  velocity: 'Ground velocity',
  source: 'Source of the deformation',
};

export function createDeformation(store: Store): void {
  const box = byId('deformation');
  const draw = ({ deformation }: State): void => {
    if (deformation.length === 0) {
      box.replaceChildren(make('p', { class: 'empty' }, 'No deformation results yet.'));
    } else box.replaceChildren(make('ul', { class: 'products' }, ...deformation.map(itemOf)));
  };
  draw(store.get());
  store.listen((state, before) => {
    if (state.deformation !== before.deformation) draw(state);
  });
}

function itemOf(product: DeformationProduct): HTMLElement {
  const { notes } = product.summary;
  const texts = Array.isArray(notes) ? notes.map((note: unknown) => String(note)) : [];
  const bytes = product.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  return make(
    'li',
    {},
    make('h3', {}, `${TITLES[product.kind]}, ${product.regionId}`),
    make(
      'p',
      { class: 'quiet' },
      `${product.id}, ${time(product.createdAt, 0)}, artifacts: ${product.artifacts.length} ` +
        `(${sizeText(bytes)})`,
    ),
    definitions(summaryRows(product.summary)),
    sentences(texts, 'notes'),
  );
}
