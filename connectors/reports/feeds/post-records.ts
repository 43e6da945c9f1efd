/**
 * One record of a dump of posts (an object of a JSON line, a row of CSV) in, the post out. Fields are
 * known by the names that services and researchers give them; the first that is filled counts.
 * @module
 */
import { MAX_FUTURE_S, asObject, asText, languageCodes, type ParsedFrame } from './frame.js';
import { postTimeS } from './post-time.js';

type PostRecord = Readonly<Record<string, unknown>>;

/** Names of columns and fields, in lower case. */
export const TIME_NAMES = [
  'time',
  'time_utc',
  'timestamp_utc',
  'created_at',
  'createdat',
  'timestamp',
  'timestamp_ms',
  'datetime',
  'date',
] as const;
export const TEXT_NAMES = [
  'full_text',
  'text',
  'content',
  'body',
  'message',
  'tweet',
  'tweet_text',
] as const;
const ID_NAMES = ['id_str', 'id', 'tweet_id', 'post_id', 'status_id', 'uri'] as const;
const AUTHOR_NAMES = [
  'author',
  'author_id',
  'user_id',
  'user',
  'username',
  'screen_name',
  'account',
] as const;
export const LATITUDE_NAMES = ['lat', 'latitude'] as const;
export const LONGITUDE_NAMES = ['lon', 'lng', 'long', 'longitude'] as const;
const REPEAT_NAMES = ['is_retweet', 'retweet', 'is_repeat', 'is_reblog'] as const;

/** Parses a record; the reasons name fields and never quote them. */
export function parsePostRecord(record: PostRecord, nowS: number): ParsedFrame {
  const fields = lowerCased(record);
  const text = asText(
    fields['extended_tweet'] === undefined
      ? first(fields, TEXT_NAMES)
      : (asObject(fields['extended_tweet'])?.['full_text'] ?? first(fields, TEXT_NAMES)),
  );
  if (text === null) return { ok: false, reason: 'text: missing' };
  const name = TIME_NAMES.find((one) => isFilled(fields[one]));
  if (name === undefined) return { ok: false, reason: 'time: missing' };
  const timeS = postTimeS(fields[name], name.endsWith('_utc'));
  if (timeS === null) return { ok: false, reason: 'time: not ISO-8601 with a zone' };
  if (timeS > nowS + MAX_FUTURE_S) return { ok: false, reason: 'time: in the future' };
  const id = first(fields, ID_NAMES);
  return {
    ok: true,
    cursor: null,
    event: {
      kind: 'post',
      id: isName(id) ? String(id) : `${timeS}:${text}`,
      author: authorOf(fields),
      timeS,
      text,
      languages: languageCodes(fields['lang'] ?? fields['language']),
      place: placeOf(fields),
      isRepeat: isRepeat(fields),
      isBot: fields['bot'] === true || fields['bot'] === 'true',
      isUpdate: false,
    },
  };
}

function lowerCased(record: PostRecord): PostRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name.trim().toLowerCase(), value]),
  );
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function first(fields: PostRecord, names: readonly string[]): unknown {
  return fields[names.find((name) => isFilled(fields[name])) ?? ''];
}

function isName(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** The author's name, or the id of a user object; empty when there is none. */
function authorOf(fields: PostRecord): string {
  const found = first(fields, AUTHOR_NAMES);
  const user = asObject(found);
  const own =
    user === null ? found : (user['id_str'] ?? user['id'] ?? user['acct'] ?? user['screen_name']);
  return isName(own) ? String(own) : '';
}

/** A retweet by its flag, by the post it holds, or by its list of references. Quotes count as such. */
function isRepeat(fields: PostRecord): boolean {
  if (['retweeted_status', 'quoted_status', 'reblog'].some((name) => asObject(fields[name])))
    return true;
  const flag = first(fields, REPEAT_NAMES);
  if (flag === true || /^(true|1|yes)$/i.test(String(flag))) return true;
  const referenced = fields['referenced_tweets'];
  return (
    Array.isArray(referenced) &&
    referenced.some((one) => ['retweeted', 'quoted'].includes(String(asObject(one)?.['type'])))
  );
}

/**
 * `lat`, `lon` beside the text, else a GeoJSON point `[longitude, latitude]` (`coordinates` of Twitter 1,
 * `geo.coordinates` of 2), else the old `geo` of Twitter, which has the latitude first.
 */
function placeOf(fields: PostRecord): { latitude: number; longitude: number } | null {
  const [lat, lon] = [first(fields, LATITUDE_NAMES), first(fields, LONGITUDE_NAMES)];
  if (isFilled(lat) && isFilled(lon)) return checkedPlace(lat, lon);
  const geo = asObject(fields['geo']);
  const point = asObject(fields['coordinates']) ?? asObject(geo?.['coordinates']);
  const pair = point?.['coordinates'];
  if (Array.isArray(pair)) return checkedPlace(pair[1], pair[0]);
  const old = geo?.['coordinates'];
  return Array.isArray(old) ? checkedPlace(old[0], old[1]) : null;
}

function checkedPlace(lat: unknown, lon: unknown): { latitude: number; longitude: number } | null {
  const [latitude, longitude] = [lat, lon].map((value) =>
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
      ? Number(value)
      : Number.NaN,
  ) as [number, number];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}
