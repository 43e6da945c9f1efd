/**
 * Evidence of a replayed network at one instant. In: the records that had arrived by then. Out: the
 * evidence of every device, on repaired clocks, over the stretch that is looked at.
 * @module
 */
import type { DevicePositions } from '../../../../connectors/phones/devices.js';
import { phoneWaveforms } from '../../../../connectors/phones/to-waveforms.js';
import type { EvidenceSet } from '../../../../core/evidence.js';
import type { PhoneRecord } from '../../../../core/tables/phone-table.js';
import { nsToIso } from '../../../../core/time.js';
import { phoneEvidence } from '../../../../models/phones/evidence.js';
import { alignWaveforms } from '../../../../tensors/align-waveforms.js';

/** Grid rate of the network's devices, Hz. */
export const REPLAY_RATE_HZ = 31.25;
const COMPONENTS = ['x', 'y', 'z'] as const;

/**
 * Evidence from `startNs` to `nowNs`. Give the records that had arrived by `nowNs` and no other:
 * then nothing in the answer comes from later.
 */
export function evidenceAt(input: {
  readonly records: readonly PhoneRecord[];
  readonly devices: DevicePositions;
  readonly startNs: bigint;
  readonly nowNs: bigint;
}): EvidenceSet {
  const { records, devices, startNs, nowNs } = input;
  const window = { start: nsToIso(startNs), end: nsToIso(nowNs) };
  const { segments } = phoneWaveforms({ records, window, devices });
  const waveforms = alignWaveforms({
    segments,
    window,
    rateHz: REPLAY_RATE_HZ,
    components: COMPONENTS,
  });
  return { window, sensors: phoneEvidence({ waveforms, window }), reports: null };
}
