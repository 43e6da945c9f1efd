/**
 * Elements without a framework. Data becomes text nodes and attributes only, never markup.
 * @module
 */

export type Child = Node | string | null;

/** Attributes of an element; false and null leave one out, true writes it empty. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** Makes an element with attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The element with this id. Throws when the page has none: page and script do not match. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/** A definition list of names and values. */
export function definitions(rows: readonly (readonly [string, Child])[]): HTMLElement {
  const list = make('dl', { class: 'facts' });
  for (const [name, value] of rows) {
    if (value !== null) list.append(make('dt', {}, name), make('dd', {}, value));
  }
  return list;
}

/** A list of sentences; null when there are none. */
export function sentences(texts: readonly string[], className: string): HTMLElement | null {
  if (texts.length === 0) return null;
  return make('ul', { class: className }, ...texts.map((text) => make('li', {}, text)));
}
