/**
 * Just enough XML writing: elements, attributes, escaping. Pure.
 * @module
 */

/** Text or a number as an element's content; null and undefined leave the element out. */
export type XmlContent = string | number | boolean | null | undefined;

/**
 * Escapes text for content and double-quoted attributes. Characters that XML 1.0 (section 2.2) cannot
 * hold become U+FFFD; carriage returns are written as references, because a parser drops them.
 */
export function escapeXml(text: string): string {
  return text
    .replace(ILLEGAL, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

const ILLEGAL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu;

/** `<name attributes>content</name>` with escaped content, or '' when there is none. */
export function leaf(
  name: string,
  content: XmlContent,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  if (content === null || content === undefined) return '';
  return `${open(name, attributes)}${escapeXml(String(content))}</${name}>`;
}

/** An element around ready-made parts; empty parts are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  parts: readonly string[],
): string {
  return `${open(name, attributes)}${parts.filter(Boolean).join('')}</${name}>`;
}

function open(name: string, attributes: Readonly<Record<string, string | number>>): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeXml(String(value))}"`,
  );
  return `<${name}${written.join('')}>`;
}
