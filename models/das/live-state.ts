/**
 * Settings and state of a fibre's live chain.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { DEFAULT_GATE_SETTINGS, gateGroups, type GateSettings } from './moveout-gate.js';
import { startBandPass, type FilterState } from './processing/band-pass.js';
import { startDecimation, type DecimationState } from './processing/decimate.js';
import { startStaLta, type StaLtaState } from './processing/sta-lta.js';

export interface LiveSettings {
  /** Whole factor from the interrogator's rate to the rate of the chain. */
  readonly decimation: number;
  readonly band: { readonly lowHz: number; readonly highHz: number };
  readonly shortS: number;
  readonly longS: number;
  /** STA/LTA that starts a channel's onset, and below which it may start another. */
  readonly on: number;
  readonly off: number;
  /** Samples kept for the hook, s. */
  readonly contextS: number;
  /** Noise outside these shares of the median channel's leaves a channel out. */
  readonly deadBelow: number;
  readonly noisyAbove: number;
  readonly gate: GateSettings;
}

export const DEFAULT_LIVE_SETTINGS: LiveSettings = {
  decimation: 2,
  band: { lowHz: 1, highHz: 10 },
  shortS: 0.5,
  longS: 5,
  on: 4,
  off: 1.5,
  contextS: 30,
  deadBelow: 0.02,
  noisyAbove: 50,
  gate: DEFAULT_GATE_SETTINGS,
};

/** Where a chain stands: plain data. Arrays are overwritten by each packet. */
export interface LiveChain {
  readonly settings: LiveSettings;
  readonly channelCount: number;
  readonly rateHz: number;
  readonly distanceKm: Float64Array;
  readonly decimation: DecimationState;
  readonly filter: FilterState;
  readonly staLta: StaLtaState;
  /** Decimated samples less the common mode, not filtered, [channel][contextS]: a ring. */
  readonly context: Float32Array;
  /** Samples of the lower rate so far: where the ring goes on. */
  readonly samplesMade: number;
  /** 1 while a channel is above `off` after an onset. */
  readonly triggered: Uint8Array;
  readonly onsetS: Float64Array;
  readonly openedS: Float64Array;
  /** 1 for channels that count, judged by the packet before. */
  readonly usable: Uint8Array;
}

/** A chain at rest. Throws InvalidInputError when rates or bands do not fit. */
export function startLiveChain(input: {
  readonly channelCount: number;
  readonly rateHz: number;
  /** Position along the fibre, km; [channel], ascending. */
  readonly distanceKm: ArrayLike<number>;
  readonly settings?: Partial<LiveSettings>;
}): LiveChain {
  const { channelCount, rateHz, distanceKm } = input;
  const settings = { ...DEFAULT_LIVE_SETTINGS, ...input.settings };
  if (distanceKm.length !== channelCount || channelCount < 1) {
    throw new InvalidInputError({
      what: 'live chain',
      reason: `${distanceKm.length} distances for ${channelCount} channels`,
      remedy: 'give one distance a channel',
    });
  }
  const decimation = startDecimation({ factor: settings.decimation, channelCount });
  const lowRateHz = rateHz / settings.decimation;
  return {
    settings,
    channelCount,
    rateHz,
    distanceKm: Float64Array.from(distanceKm),
    decimation,
    filter: startBandPass({ order: 4, ...settings.band, rateHz: lowRateHz, channelCount }),
    staLta: startStaLta({
      kind: 'recursive',
      shortSamples: Math.round(settings.shortS * lowRateHz),
      longSamples: Math.round(settings.longS * lowRateHz),
      channelCount,
    }),
    context: new Float32Array(channelCount * Math.ceil(settings.contextS * lowRateHz)),
    samplesMade: 0,
    triggered: new Uint8Array(channelCount),
    onsetS: new Float64Array(channelCount).fill(-Infinity),
    openedS: new Float64Array(gateGroups(channelCount, settings.gate).length).fill(-Infinity),
    usable: new Uint8Array(channelCount).fill(1),
  };
}
