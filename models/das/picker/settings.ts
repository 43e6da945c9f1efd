/**
 * Numbers that the picker's network, its training and its use must share.
 * @module
 */

/** Rate of the network's input, Hz. Waves of interest lie under 20 Hz. */
export const INPUT_HZ = 50;
/** Rate of its output, Hz. */
export const OUTPUT_HZ = 25;
/** Length of a window, input samples (40.96 s). */
export const WINDOW_SAMPLES = 2048;
/** Channel groups of a window. */
export const WINDOW_GROUPS = 32;
/** Lengths must be multiples of this many input samples: the strides of all levels. */
export const TIME_MULTIPLE = 128;
/** Neighbouring channels are averaged until groups are about this far apart, m. */
export const GROUP_SPACING_M = 8;
/** Most channels in a group. */
export const MOST_GROUPED = 8;
/** Low corner, Hz, and the end of the anti-alias filter's pass band. */
export const HIGH_PASS_HZ = 1;
export const LOW_PASS_HZ = 20;
/** Lowest sampling rate that carries the band. */
export const LEAST_RATE_HZ = 50;
/** Fewer seconds than this hold no onset with something before and after it. */
export const LEAST_SECONDS = 10;
