/** Times of pick tables: ISO-8601 text or seconds. @module */

/**
 * Seconds since 1970-01-01T00:00:00Z of `2020-10-01T00:00:00.010`, with blank or `T`, with or
 * without `Z`, `+00:00` and a fraction, or of a plain number of seconds (ms, us or ns where it is that large). NaN when it is neither.
 * Written for half a million rows: no Date parsing where the usual form is met.
 */
export function parseEpochS(given: string): number {
  const trimmed = given.trim();
  // A decimal comma (ISO 8601 allows it): the table is divided by something else, or the cell is quoted.
  const text = trimmed.includes(',') ? trimmed.replace(',', '.') : trimmed;
  if (text.charCodeAt(4) === 47) return parseEpochS(text.replaceAll('/', '-'));
  if (text.charCodeAt(4) !== 45) return text === '' ? Number.NaN : inSeconds(Number(text));
  const day = dayS(text.slice(0, 10));
  if (text.length === 10) return day;
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const isUsual = text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58;
  const tail = text.length > 19 ? /^(\.\d+)?(Z|\+00:?00)?$/.exec(text.slice(19)) : NO_TAIL;
  if (!isUsual || !tail || !(hour <= 24) || !(minute < 60) || !(second <= 60)) {
    if (Number.isNaN(day) && /^\d{4}-\d\d-\d\d/.test(text)) return Number.NaN;
    // Without a zone it is UTC, wherever this runs.
    const isZoned = /(Z|UTC|GMT|[+-]\d\d:?\d\d)$/i.test(text.slice(10).trim());
    return Date.parse(isZoned ? text : `${text}Z`) / 1000;
  }
  return day + hour * 3600 + minute * 60 + second + (tail[1] ? Number(tail[1]) : 0);
}

/** Epochs of this and later centuries in ms, us and ns are larger than any in the next unit. */
function inSeconds(value: number): number {
  const size = Math.abs(value);
  if (size < 1e11) return value;
  return size < 1e14 ? value / 1e3 : size < 1e17 ? value / 1e6 : value / 1e9;
}

const NO_TAIL: readonly (string | undefined)[] = ['', undefined];
const days = new Map<string, number>();

/** Seconds to the midnight that begins `yyyy-mm-dd`; NaN for a day that no calendar has. */
export function dayS(date: string): number {
  const known = days.get(date);
  if (known !== undefined) return known;
  const ms = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 1st or 2nd of March.
  const isDay = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(date);
  const value = isDay ? ms / 1000 : Number.NaN;
  if (days.size < 1000) days.set(date, value);
  return value;
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
