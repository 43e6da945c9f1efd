import { describe, expect, it } from 'vitest';
import {
  ArtifactConflictError,
  CorruptSourceError,
  describeError,
  InvalidInputError,
  isQuakeError,
  NoSolutionError,
  UnavailableError,
  UnsupportedSourceError,
} from '../../core/errors.js';

const remedy = 'do this';
const all = [
  new InvalidInputError({ what: 'x', reason: 'r', remedy }),
  new CorruptSourceError({ source: 's', at: 'byte 4', reason: 'r' }),
  new UnsupportedSourceError({ source: 's', reason: 'r', remedy }),
  new UnavailableError({ what: 'x', reason: 'r', remedy }),
  new ArtifactConflictError({ key: 'k', reason: 'r' }),
  new NoSolutionError({ what: 'x', reason: 'r', remedy }),
];

describe('errors', () => {
  it('each has a tag like its name, a remedy, and says it in one line', () => {
    for (const error of all) {
      expect(`${error._tag}Error`).toBe(error.name);
      expect(isQuakeError(error)).toBe(true);
      expect(describeError(error)).toBe(`${error.message}. What to do: ${error.remedy}.`);
      expect(describeError(error)).not.toContain('\n');
    }
    expect(new Set(all.map((error) => error._tag)).size).toBe(all.length);
  });

  it('only what may come back is tried again', () => {
    expect(all.filter((error) => error.retryable).map((error) => error._tag)).toEqual([
      'Unavailable',
    ]);
    const gone = new UnavailableError({ what: 'x', reason: 'r', remedy, retryable: false });
    expect(gone.retryable).toBe(false);
  });

  it('others are not taken for ours', () => {
    for (const other of [new Error('x'), 'x', null, undefined, { _tag: 'x', retryable: true }]) {
      expect(isQuakeError(other)).toBe(false);
    }
    expect(describeError('plain')).toBe('plain');
    expect(describeError(new Error('plain'))).toBe('plain');
  });
});
