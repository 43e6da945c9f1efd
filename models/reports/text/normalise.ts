/**
 * The text of a post in, plain lower-case words and what was taken out of them. Bounded in time and
 * memory however long the post is; nothing here keeps the text.
 * @module
 */

/** A post's text as filter and classifier see it. */
export interface PlainText {
  /** Lower case, without accents, links, mentions, markup, invisible or direction characters. */
  readonly text: string;
  readonly words: number;
  readonly links: number;
  readonly mentions: number;
  /** Begins as a repeat of somebody else's post. */
  readonly isRepeat: boolean;
  /** False for emoji, digits and punctuation alone. */
  readonly hasLetters: boolean;
  /** The post went on beyond what was looked at. */
  readonly isCut: boolean;
}

/** Longest text that is looked at, UTF-16 units: four times the longest post of the large services. */
export const MAX_TEXT = 2000;

const ASCII = /^[\x20-\x7e]*$/;
/** Zero-width, direction, soft hyphen, variation selectors, byte order mark, control characters. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ufffd]+/g;
const TAG = /<\/?[a-z][^<>]{0,300}>/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};
const LINK = /\b(?:https?:\/\/|www\.)\S+|\b[a-z0-9-]{2,}\.(?:com|org|net|gov|ly|co|me)(?:\/\S*)?/gi;
const MENTION = /(?<![\p{L}\p{N}])[@＠][\p{L}\p{N}_.-]+/gu;
const REPEAT = /^\s*(?:rt\b|via\b|“|"?rt @)/i;
const LONG_RUN = /(.)\1{2,}/g;
const LETTER = /\p{L}/u;

/** Plain text of a post. HTML is treated as markup, not as words. */
export function plainText(raw: string): PlainText {
  const isCut = raw.length > MAX_TEXT;
  let text = isCut ? raw.slice(0, MAX_TEXT) : raw;
  if (text.includes('<')) text = text.replace(TAG, ' ');
  if (text.includes('&')) {
    text = text.replace(
      /&(amp|lt|gt|quot|apos|nbsp);/g,
      (_, name: string) => ENTITIES[name] ?? ' ',
    );
  }
  // In HTML the words of a repeat come after a tag.
  const isRepeat = REPEAT.test(text);
  let links = 0;
  let mentions = 0;
  if (text.includes('.')) {
    text = text.replace(LINK, () => {
      links++;
      return ' ';
    });
  }
  if (/[@＠]/.test(text)) {
    text = text.replace(MENTION, () => {
      mentions++;
      return ' ';
    });
  }
  text = foldLetters(text)
    .replace(LONG_RUN, '$1$1')
    .replace(/[#＃_]/g, ' ');
  text = text.replace(/\s+/g, ' ').trim();
  return {
    text,
    words: text === '' ? 0 : text.split(' ').length,
    links,
    mentions,
    isRepeat,
    hasLetters: LETTER.test(text),
    isCut,
  };
}

/** Lower case without Latin, Greek and Cyrillic accents and without invisible characters. */
export function foldLetters(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .replace(INVISIBLE, (run) => (/[\n\r\t]/.test(run) ? ' ' : ''))
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]+/g, '')
    .toLowerCase()
    .replace(/[\u0300-\u036f]+/g, '')
    .normalize('NFC')
    .replaceAll('ı', 'i');
}
