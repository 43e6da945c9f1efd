/**
 * The file of the phone's networks. In: JSON text. Out: checked weights; and back.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { checkWeights, type NetworkWeights } from './network.js';

export const WEIGHTS_FORMAT = 'quakeloom-phone-networks-1';

/** Both networks and what they were trained on. */
export interface PhoneNetworks {
  readonly format: typeof WEIGHTS_FORMAT;
  readonly training: Readonly<Record<string, unknown>>;
  readonly raw: NetworkWeights;
  readonly features: NetworkWeights;
}

/** Parses and checks. Throws CorruptSourceError, or InvalidInputError naming the weight. */
export function parseNetworks(text: string, source: string): PhoneNetworks {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
  const networks = value as Partial<PhoneNetworks> | null;
  if (networks?.format !== WEIGHTS_FORMAT) {
    throw new CorruptSourceError({ source, at: 'format', reason: `is not ${WEIGHTS_FORMAT}` });
  }
  checkWeights('raw', networks.raw ?? {});
  checkWeights('features', networks.features ?? {});
  return networks as PhoneNetworks;
}
