/**
 * Arguments of Node for the process of a gateway. @module
 */

/**
 * Messages live until their commit: a small young generation copies them again and again meanwhile
 * (a quarter of the processor time of a message, measured in bench/phones).
 */
export const GATEWAY_NODE_ARGS: readonly string[] = ['--max-semi-space-size=64'];
