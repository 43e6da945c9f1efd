/** Where downloaded tools live, shared by all checkouts of a user. @module */
import os from 'node:os';
import path from 'node:path';

/** `QUAKELOOM_CACHE`, else `$XDG_CACHE_HOME/quakeloom`, else `~/.cache/quakeloom`. */
export function cacheDir(env = process.env) {
  if (env.QUAKELOOM_CACHE) return path.resolve(env.QUAKELOOM_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'quakeloom');
}
