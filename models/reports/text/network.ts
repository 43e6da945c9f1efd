/**
 * A one-layer network on hashed character n-grams: from folded text to the probability that somebody
 * writes of shaking felt just now. 2^14 weights; n-grams of 1 to 4 characters with blanks at the
 * borders of the text (Joulin et al. 2016 hash n-grams in the same way).
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { logistic } from '../../numerics/special.js';

export const FEATURE_BITS = 14;
export const FEATURES = 1 << FEATURE_BITS;
const LONGEST = 4;
/** Posts are cut here: what is felt is said early. */
const MAX_CHARACTERS = 280;

/** Weights of the network; `temperature` divides the score (Guo et al. 2017). */
export interface TextNetwork {
  /** Shape [FEATURES]. */
  readonly weights: Float32Array;
  readonly bias: number;
  readonly temperature: number;
}

/**
 * Indices of the n-grams a text holds, each once. FNV-1a over UTF-16 units; a sign is not used, since
 * the table is large against the n-grams of a post.
 */
export function textFeatures(folded: string): Uint16Array {
  const text = ` ${folded.length > MAX_CHARACTERS ? folded.slice(0, MAX_CHARACTERS) : folded} `;
  const seen = new Set<number>();
  for (let i = 0; i < text.length; i++) {
    let hash = 0x811c9dc5;
    for (let n = 0; n < LONGEST && i + n < text.length; n++) {
      const unit = text.charCodeAt(i + n);
      hash = Math.imul(hash ^ (unit & 255), 0x01000193);
      hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
      const mixed = Math.imul(hash ^ (hash >>> 15) ^ n, 0x2c1b3c6d);
      seen.add((mixed ^ (mixed >>> 13)) & (FEATURES - 1));
    }
  }
  return Uint16Array.from(seen);
}

/** Score before the logistic: the sum of weights over the root of the number of n-grams. */
export function textScore(network: TextNetwork, features: Uint16Array): number {
  let sum = 0;
  for (const feature of features) sum += network.weights[feature] as number;
  return sum / Math.sqrt(Math.max(1, features.length)) + network.bias;
}

/** Probability that the folded text is a first-hand report. */
export function firstHandProbability(network: TextNetwork, folded: string): number {
  return logistic(textScore(network, textFeatures(folded)) / network.temperature);
}

interface Stored {
  readonly kind: 'reports-text';
  readonly features: number;
  readonly scale: number;
  readonly bias: number;
  readonly temperature: number;
  readonly weightsBase64: string;
}

/** The network as JSON; weights as int8 multiples of `scale`. */
export function encodeNetwork(network: TextNetwork): string {
  const largest = network.weights.reduce((top, w) => Math.max(top, Math.abs(w)), 0);
  const scale = largest / 127 || 1;
  const bytes = Int8Array.from(network.weights, (w) => Math.round(w / scale));
  const stored: Stored = {
    kind: 'reports-text',
    features: FEATURES,
    scale,
    bias: network.bias,
    temperature: network.temperature,
    weightsBase64: Buffer.from(bytes.buffer).toString('base64'),
  };
  return `${JSON.stringify(stored, null, 2)}\n`;
}

/** Inverse of encodeNetwork. Throws InvalidInputError for anything else. */
export function decodeNetwork(text: string): TextNetwork {
  const refuse = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: 'weights of the text network',
      reason,
      remedy: 'restore models/weights/reports-text, or train with `quakeloom reports train`',
    });
  let stored: Partial<Stored>;
  try {
    stored = JSON.parse(text) as Partial<Stored>;
  } catch {
    throw refuse('not JSON');
  }
  const { kind, features, scale, bias, temperature, weightsBase64 } = stored;
  if (kind !== 'reports-text' || features !== FEATURES) throw refuse('another network');
  if (
    typeof scale !== 'number' ||
    typeof bias !== 'number' ||
    typeof temperature !== 'number' ||
    typeof weightsBase64 !== 'string'
  ) {
    throw refuse('a field is missing');
  }
  const bytes = new Int8Array(Uint8Array.from(Buffer.from(weightsBase64, 'base64')).buffer);
  if (bytes.length !== FEATURES) throw refuse(`${bytes.length} weights, not ${FEATURES}`);
  return { weights: Float32Array.from(bytes, (b) => b * scale), bias, temperature };
}
