/** XML text in, a small tree of elements by local name out. @module */
import { SaxesParser } from 'saxes';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';

/** One element; names are without their namespace prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Text directly inside, trimmed. */
  readonly text: string;
}

interface Open {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 100;
const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Parses well-formed XML 1.0. `skip` names elements whose content is not kept (responses). No
 * entities but the five of XML are known, so nothing can expand. Throws CorruptSourceError naming
 * the line.
 */
export function parseXml(input: {
  readonly source: string;
  readonly text: string;
  readonly skip?: ReadonlySet<string>;
}): XmlElement {
  const { source, skip } = input;
  const parser = new SaxesParser();
  const stack: Open[] = [];
  let root: XmlElement | null = null;
  let skipping = 0;
  parser.on('error', (error) => {
    const reason = error.message.replace(/^[^ ]*:\d+:\d+: /, '');
    throw new CorruptSourceError({ source, at: `line ${parser.line}`, reason });
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (skipping > 0 || skip?.has(local(name))) skipping++;
    if (skipping > 0) return;
    if (stack.length >= MAX_DEPTH) {
      const reason = `elements nested over ${MAX_DEPTH} deep`;
      throw new UnsupportedSourceError({ source, reason, remedy: 'give QuakeML or StationXML' });
    }
    const plain = Object.entries(attributes).map(([key, value]) => [local(key), value] as const);
    stack.push({
      name: local(name),
      attributes: Object.fromEntries(plain),
      children: [],
      text: '',
    });
  });
  parser.on('text', (text) => {
    const top = stack.at(-1);
    if (top && skipping === 0) top.text += text;
  });
  parser.on('cdata', (text) => {
    const top = stack.at(-1);
    if (top && skipping === 0) top.text += text;
  });
  parser.on('closetag', () => {
    if (skipping > 0) {
      skipping--;
      return;
    }
    const done = stack.pop() as Open;
    const element: XmlElement = { ...done, text: done.text.trim() };
    const parent = stack.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  });
  parser.write(input.text.replace(/^\uFEFF/, '')).close();
  if (!root) throw new CorruptSourceError({ source, at: 'line 1', reason: 'no XML element' });
  return root;
}

/** Children of a name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Text at a path of child names; undefined where there is none. */
export function textAt(element: XmlElement, ...path: readonly string[]): string | undefined {
  let at: XmlElement | undefined = element;
  for (const name of path) at = at?.children.find((child) => child.name === name);
  return at && at.text !== '' ? at.text : undefined;
}
