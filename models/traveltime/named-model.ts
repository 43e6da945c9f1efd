/** Velocity models that need no file: a name in, the model out. @module */
import { InvalidInputError } from '../../core/errors.js';
import { isRegionalModel, regionalModel } from './regional-models.js';
import { constantModel, earthModel, type VelocityModel } from './velocity-model.js';

const DEFAULT_VP_VS = 1.73;

/**
 * iasp91, ak135, a bundled region or `constant:VP[:VP/VS]`; null for any other name, which is a file's.
 * Throws InvalidInputError for constants that are none.
 */
export function namedModel(name: string): VelocityModel | null {
  if (name === 'iasp91' || name === 'ak135') return earthModel(name);
  if (isRegionalModel(name)) return regionalModel(name);
  if (!name.startsWith('constant:')) return null;
  const [vpKmS = Number.NaN, vpVs = DEFAULT_VP_VS] = name.slice(9).split(':').map(Number);
  if (vpKmS > 0 && vpVs > 1) return constantModel({ vpKmS, vpVs });
  throw new InvalidInputError({
    what: '--velocity',
    reason: `'${name}' is not constant:VP or constant:VP:VP/VS`,
    remedy: 'give km/s and a ratio over 1, for example constant:6:1.75',
  });
}
