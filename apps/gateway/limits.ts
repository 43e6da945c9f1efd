/**
 * Limits of the gateway, each with its default and why.
 * @module
 */

export interface GatewayLimits {
  /** Larger messages are refused: a record of 4 x 32 samples as JSON is 3 kB. */
  readonly maxPayloadBytes: number;
  /** A packet that announces more is not read at all; its connection is closed. */
  readonly maxPacketBytes: number;
  readonly maxClients: number;
  /** A device sends one record a second; replays run at up to 200 times that. */
  readonly deviceRateHz: number;
  readonly deviceBurst: number;
  /** Devices whose rates are followed at one time. */
  readonly maxDevices: number;
  /** Unsealed log beyond which nothing is acknowledged until the object store and index catch up. */
  readonly maxBacklogBytes: number;
  /** Messages kept waiting in memory meanwhile; more are shed. */
  readonly maxHeld: number;
  /** A device's clock further off than this (least delay included) is not believed, s. */
  readonly clockLimitS: number;
  /** Ranges of message numbers and hashes remembered to tell repetitions, about 50 bytes each. */
  readonly rememberedKeys: number;
  /** A log is closed at this size or age and then sealed. */
  readonly maxLogBytes: number;
  readonly maxLogAgeMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxPayloadBytes: 64 * 1024,
  maxPacketBytes: 1024 * 1024,
  maxClients: 10_000,
  deviceRateHz: 200,
  deviceBurst: 2_000,
  maxDevices: 200_000,
  maxBacklogBytes: 256 * 1024 * 1024,
  maxHeld: 20_000,
  clockLimitS: 1,
  rememberedKeys: 1_000_000,
  maxLogBytes: 8 * 1024 * 1024,
  maxLogAgeMs: 60_000,
};
