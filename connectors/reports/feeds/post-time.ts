/** When a post of a file was written, in the forms that dumps of posts have. @module */
import { postTimeNs } from '../collect.js';

/** `Wed Sep 05 14:42:08 +0000 2012`, the form of the first Twitter API. */
const TWITTER = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4}) (\d{4})$/;
/** `Wed, 05 Sep 2012 14:42:08 +0000`, of mail and of feeds (RFC 2822). */
const MAIL =
  /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(?::\d{2})? (?:GMT|UTC|Z|[+-]\d{4})$/;
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?$/;
const WITHOUT_SECONDS = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2})(Z|[+-]\d{2}:?\d{2})$/;

/**
 * s since 1970; null when it is no time, or none with a zone. Numbers are s, ms or us since 1970 by
 * their size. `isUtc` takes times without a zone as UTC.
 */
export function postTimeS(value: unknown, isUtc = false): number | null {
  const text =
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return epochS(Number(text));
  const iso = text.replace(WITHOUT_SECONDS, '$1:00$2');
  const ns = postTimeNs(isUtc && WITHOUT_ZONE.test(iso) ? `${iso}Z` : iso.replace(/ ?UTC$/, 'Z'));
  if (ns !== null) return Number(ns / 1_000_000n) / 1000;
  const [, month, day, clock, zone, year] = TWITTER.exec(text) ?? [];
  const mail = month === undefined ? text : `${day} ${month} ${year} ${clock} ${zone}`;
  if (!MAIL.test(mail)) return null;
  const ms = Date.parse(mail);
  return Number.isFinite(ms) ? ms / 1000 : null;
}

/** From 1973 to 5138 as seconds; larger numbers are of smaller units. */
function epochS(value: number): number | null {
  if (value < 1e8 || value >= 1e17) return null;
  if (value < 1e11) return value;
  return value < 1e14 ? value / 1e3 : value / 1e6;
}
