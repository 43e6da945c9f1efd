/**
 * What devices of a region should do: `quakeloom.phone-config/1`, published to
 * `quakeloom/<region>/config`, retained. In: options of the region's feed. Out: JSON.
 * @module
 */
import { z } from 'zod';
import { InvalidInputError } from '../../core/errors.js';

const SCHEMA = z.object({
  /** Seconds between heartbeats. */
  heartbeatS: z.number().min(10).max(86_400).default(7200),
  /** Rate that waveforms should have, Hz. */
  sampleRateHz: z.number().min(1).max(1000).default(25),
  /** Acceleration beyond which a phone that lies still triggers, gal. */
  triggerGal: z.number().positive().max(1000).default(10),
  /** Waveform to send after a trigger, s; 0 for none. */
  waveformS: z.number().min(0).max(600).default(30),
  /** Width of the cell that a place is rounded to before it leaves the phone, degrees. */
  privacyCellDeg: z.number().min(0).max(1).default(0.01),
});

/** JSON for the devices. Throws InvalidInputError naming the option. */
export function deviceConfig(
  options: Readonly<Record<string, string | number | boolean>> = {},
): string {
  const parsed = SCHEMA.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidInputError({
      what: `option ${issue?.path.join('.') ?? ''} of the phone feed`,
      reason: issue?.message ?? 'not a configuration of devices',
      remedy: 'correct the region with `quakeloom region add FILE`',
    });
  }
  const { heartbeatS, sampleRateHz, triggerGal, waveformS, privacyCellDeg } = parsed.data;
  return JSON.stringify({
    format: 'quakeloom.phone-config/1',
    heartbeat_s: heartbeatS,
    sample_rate_hz: sampleRateHz,
    trigger_gal: triggerGal,
    waveform_s: waveformS,
    privacy_cell_deg: privacyCellDeg,
  });
}
