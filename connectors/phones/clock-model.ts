/**
 * A running model of one device's clock. In: pairs (device time, arrival). Out: how far the clock is
 * off, how fast it runs away, and whether to believe it.
 *
 * Arrival - device time is the clock's error plus a delay that is never negative, so the least value
 * of a minute follows the clock alone (as in NTP's minimum filter, RFC 5905 section 10); drift is the
 * change of that least value from minute to minute.
 * @module
 */

/** State of one clock; changed in place by `observeClock`. */
export interface ClockModel {
  /** Messages seen. */
  count: number;
  /** Least arrival - device time of the current block, s, and where the block begins (arrival). */
  floorS: number;
  blockStartS: number;
  /** The same of the block before; NaN before there is one. */
  lastFloorS: number;
  lastStartS: number;
  /** Drift, s/s, smoothed over about four blocks: positive when the device's clock runs slow. */
  drift: number;
  /** Jumps of the clock. */
  jumps: number;
  /** Messages in a row that came later than the clock says: delay first, a jump when it lasts. */
  late: number;
}

/** What the model says now. */
export interface ClockState {
  /** Arrival - device time without the usual spread of delays, s. */
  readonly offsetS: number;
  readonly driftPpm: number;
  readonly jumps: number;
}

const BLOCK_S = 60;
/** A block that begins this much away from the last one is a jump, no drift, s. */
const JUMP_S = 0.5;
const SMOOTHING = 0.25;
/** With fewer messages a long delay may look like a wrong clock. */
const FEW = 4;
const FEW_LIMIT_S = 5;

export function clockModel(): ClockModel {
  return {
    count: 0,
    floorS: Number.POSITIVE_INFINITY,
    blockStartS: Number.NaN,
    lastFloorS: Number.NaN,
    lastStartS: Number.NaN,
    drift: 0,
    jumps: 0,
    late: 0,
  };
}

/** Counts a message. */
export function observeClock(model: ClockModel, deviceS: number, arrivalS: number): void {
  const delta = arrivalS - deviceS;
  model.count++;
  model.late = isLate(model, delta) ? model.late + 1 : 0;
  if (!(arrivalS - model.blockStartS < BLOCK_S)) {
    const { floorS, lastFloorS, blockStartS, lastStartS } = model;
    const spanS = blockStartS - lastStartS;
    const isDelay = isLate(model, floorS) && model.late < FEW;
    if (spanS > 0 && !isDelay) {
      const change = floorS - lastFloorS;
      if (Math.abs(change) > JUMP_S) {
        model.jumps++;
        model.drift = 0;
      } else model.drift += SMOOTHING * (change / spanS - model.drift);
    }
    if (Number.isFinite(floorS) && !isDelay) {
      model.lastFloorS = floorS;
      model.lastStartS = blockStartS;
    }
    model.blockStartS = arrivalS;
    model.floorS = delta;
  } else if (delta < model.floorS) model.floorS = delta;
}

/** What the block before lets expect of the current one; NaN before there is one. */
function expectedS({ lastFloorS, lastStartS, blockStartS, drift }: ClockModel): number {
  return lastFloorS + drift * (blockStartS - lastStartS);
}

/** Whether a difference is more than the clock explains: a delay can only make it larger. */
function isLate(model: ClockModel, deltaS: number): boolean {
  return deltaS - expectedS(model) > JUMP_S;
}

/** The clock as known after at least one message. */
export function clockState(model: ClockModel): ClockState {
  const { floorS, drift, jumps, late } = model;
  const known = expectedS(model);
  const change = floorS - known;
  // A new block has few messages, and in a storm they come late: the one before tells, unless the
  // clock is ahead of it, which no delay explains, or the lateness lasts.
  const isKnown = change >= -JUMP_S && (change <= JUMP_S || late < FEW);
  return {
    offsetS: isKnown ? Math.min(floorS, known) : floorS,
    driftPpm: drift * 1e6,
    jumps,
  };
}

/** Whether times of this clock may be used as they are, `limitS` of error and least delay allowed. */
export function isClockTrusted(model: ClockModel, limitS: number): boolean {
  const { offsetS } = clockState(model);
  return Math.abs(offsetS) <= (model.count < FEW ? Math.max(FEW_LIMIT_S, limitS) : limitS);
}
