/**
 * Values kept as jsonb. JSON has no NaN, infinity or bigint, and `JSON.stringify` would turn them into
 * null or fail without a path: they are refused instead.
 * @module
 */
import { InvalidInputError } from '../core/errors.js';

/** JSON text of a value. Throws InvalidInputError naming the field that JSON cannot hold. */
export function toJson(what: string, value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (typeof item === 'bigint' || (typeof item === 'number' && !Number.isFinite(item))) {
      throw new InvalidInputError({
        what,
        reason: `field '${key}' is ${String(item)}, which JSON cannot hold`,
        remedy: 'leave the field out or write null',
      });
    }
    return item;
  });
}
