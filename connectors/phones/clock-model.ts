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
  };
}

/** Counts a message. */
export function observeClock(model: ClockModel, deviceS: number, arrivalS: number): void {
  const delta = arrivalS - deviceS;
  model.count++;
  if (!(arrivalS - model.blockStartS < BLOCK_S)) {
    const { floorS, lastFloorS, blockStartS, lastStartS } = model;
    const spanS = blockStartS - lastStartS;
    if (spanS > 0) {
      const change = floorS - lastFloorS;
      if (Math.abs(change) > JUMP_S) {
        model.jumps++;
        model.drift = 0;
      } else model.drift += SMOOTHING * (change / spanS - model.drift);
    }
    if (Number.isFinite(floorS)) {
      model.lastFloorS = floorS;
      model.lastStartS = blockStartS;
    }
    model.blockStartS = arrivalS;
    model.floorS = delta;
  } else if (delta < model.floorS) model.floorS = delta;
}

/** The clock as known after at least one message. */
export function clockState(model: ClockModel): ClockState {
  const { floorS, lastFloorS, lastStartS, blockStartS, drift, jumps } = model;
  const expectedS = lastFloorS + drift * (blockStartS - lastStartS);
  // A new block has few messages: the one before tells, unless the clock was set in between.
  const isSteady = Math.abs(floorS - expectedS) <= JUMP_S;
  return {
    offsetS: isSteady ? Math.min(floorS, expectedS) : floorS,
    driftPpm: drift * 1e6,
    jumps,
  };
}

/** Whether times of this clock may be used as they are, `limitS` of error and least delay allowed. */
export function isClockTrusted(model: ClockModel, limitS: number): boolean {
  const { offsetS } = clockState(model);
  return Math.abs(offsetS) <= (model.count < FEW ? Math.max(FEW_LIMIT_S, limitS) : limitS);
}
