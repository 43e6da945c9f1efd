/**
 * Attributes that PyTables could not store otherwise and pickled (Python pickle, protocol 0 or
 * later). A pickle is a program: none is ever run. Only a lone literal is read, by its text.
 * @module
 */
import type { AttributeValue } from '../../hdf5/hdf5.js';

/** Texts longer than this are not looked at. */
const MAX_LITERAL = 200;

export type Unpickled =
  | { readonly kind: 'plain'; readonly value: AttributeValue }
  /** A lone literal (None, a bool, a number, a text). */
  | { readonly kind: 'literal'; readonly value: AttributeValue }
  /** An object: left alone. */
  | { readonly kind: 'object' };

/** What an attribute holds, without running anything. */
export function withoutUnpickling(value: AttributeValue): Unpickled {
  // Opaque bytes come as a list; 0x80 is the opcode PROTO of every pickle since protocol 2.
  if (value instanceof Uint8Array && value[0] === 0x80) return { kind: 'object' };
  if (typeof value !== 'string' || !isPickle(value)) return { kind: 'plain', value };
  if (value.length > MAX_LITERAL) return { kind: 'object' };
  if (value === 'N.') return { kind: 'literal', value: null };
  const bool = /^I0([01])\n\.$/.exec(value);
  if (bool) return { kind: 'literal', value: bool[1] === '1' };
  const number = /^[IFL](-?[\d.]+(?:e[+-]?\d+)?)L?\n\.$/.exec(value);
  if (number) return { kind: 'literal', value: Number(number[1]) };
  const text = /^V([^\n\\]*)\n(?:p\d+\n)?\.$/.exec(value);
  if (text) return { kind: 'literal', value: text[1] as string };
  return { kind: 'object' };
}

/** Begins with an opcode that a pickle can begin with and ends with STOP. */
function isPickle(text: string): boolean {
  if (!text.endsWith('.')) return false;
  return (
    text === 'N.' ||
    text.startsWith('\x80') ||
    /^(?:[IFLV][^\n]*\n|\((?:d|l|t|[IFLVSc])|c\w[\w.]*\n|[\])}])/.test(text)
  );
}
