/**
 * Which files the HDF5 library may open while it reads one: the file itself and the compression
 * filters; for a virtual dataset also files of the same folder or below. A file from anywhere could
 * otherwise make the reader open any path of the machine.
 * @module
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { FilePolicy } from './guard.js';
import { filterFolder } from './load-h5wasm.js';

/** Only the file itself. */
export function onlyItself(source: string): FilePolicy {
  const filters = filterFolder();
  return {
    mayOpen: (asked) => asked === source || asked === filters || path.dirname(asked) === filters,
  };
}

/** The file itself and what lies, links followed, in its folder or below. */
export function sameFolder(source: string): FilePolicy {
  const own = onlyItself(source);
  return {
    mayOpen: (asked) => {
      if (own.mayOpen(asked)) return true;
      try {
        const folder = path.dirname(realpathSync(source));
        const inside = path.relative(folder, realpathSync(asked));
        return inside !== '' && !inside.startsWith('..') && !path.isAbsolute(inside);
      } catch {
        return false;
      }
    },
  };
}
