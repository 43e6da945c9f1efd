/** The trained text network of models/weights/reports-text. @module */
import { readFileSync } from 'node:fs';
import { decodeNetwork, type TextNetwork } from './network.js';

let loaded: TextNetwork | null = null;

/** Read once and kept. Throws InvalidInputError when the weights are damaged. */
export function textNetwork(): TextNetwork {
  loaded ??= decodeNetwork(
    readFileSync(new URL('../../weights/reports-text/network.json', import.meta.url), 'utf8'),
  );
  return loaded;
}
