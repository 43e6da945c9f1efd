/** Parsers of option values; each refuses with one line. @module */
import { InvalidArgumentError } from 'commander';
import { SOURCE_KINDS, type SourceKind } from '../../core/evidence.js';
import { isoToNs, type IsoTime } from '../../core/time.js';

/** ISO-8601 UTC time; a date alone means midnight. */
export function parseTime(text: string): IsoTime {
  const iso = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  try {
    isoToNs(iso);
    return iso;
  } catch {
    throw new InvalidArgumentError('write it like 2018-02-16T23:39:39Z.');
  }
}

/** Whole number, in digits, in a range. */
export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`give a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('give a number.');
  }
  return value;
}

/** `das,phones` */
export function parseSources(text: string): SourceKind[] {
  const kinds = text.split(',').map((part) => part.trim());
  const unknown = kinds.find((kind) => !(SOURCE_KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`'${unknown}' is none of ${SOURCE_KINDS.join(', ')}.`);
  }
  return kinds as SourceKind[];
}

/** `90s`, `5m`, `1h`, `1d` to seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text);
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[match?.[2] ?? ''];
  if (!match || unit === undefined || Number(match[1]) <= 0) {
    throw new InvalidArgumentError('write it like 30s, 5m, 1h or 1d.');
  }
  return Number(match[1]) * unit;
}
