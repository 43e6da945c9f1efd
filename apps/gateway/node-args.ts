/**
 * Arguments of Node for the process of a gateway. In: nothing. Out: the arguments.
 * @module
 */

/**
 * Messages live until their commit: a small young generation copies them again and again meanwhile
 * (17 % of the main thread behind a broker, before; bench/phones). It may cost up to 192 MB.
 */
export const GATEWAY_NODE_ARGS: readonly string[] = ['--max-semi-space-size=64'];
