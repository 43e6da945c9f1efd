/**
 * What a simulated crowd sends: heartbeats of phones that lie still, triggers with their peaks and
 * model scores. In: a crowd and its triggers. Out: signals as the gateway seals them.
 * @module
 */
import type { Random } from '../../core/random.js';
import type { PhoneSignalRow } from '../../core/tables/phone-signal-table.js';
import { nsToIso, secondsToNs } from '../../core/time.js';
import { placeOf } from '../phones/network/crowd-grid.js';
import type { CrowdTriggers, PhoneCrowd } from './phone-crowd.js';

/** Heartbeats of a phone come this often, s (docs/formats.md), and are this quick. */
const HEARTBEAT_S = 7200;
const HEARTBEAT_DELAY_S = { least: 0.1, mean: 0.25 };
/** Radius of the privacy cell as a standard deviation, km. */
const POSITION_SIGMA_KM = 0.32;
/** Peak of a false trigger over its threshold: exponential of this mean, log10. */
const FALSE_PEAK = 0.35;
/** Phones on tables shake twice as much as the ground. */
const GAIN = 2;

/**
 * Signals of a crowd. Times of `triggers` are s from `startNs`; one with a peak is a quake's. The
 * phones' own model scores Beta(3, 1) for quakes and Beta(1, 3) else. Every phone sends a heartbeat at a
 * random moment of the two hours before.
 */
export function signalRows(input: {
  readonly random: Random;
  readonly crowd: PhoneCrowd;
  readonly steady: Uint8Array;
  readonly triggers: CrowdTriggers;
  readonly startNs: bigint;
}): PhoneSignalRow[] {
  const { random, crowd, steady, triggers, startNs } = input;
  const seqs = new Int32Array(crowd.count);
  const rows: PhoneSignalRow[] = [];
  for (let i = 0; i < crowd.count; i++) {
    if (crowd.cell[i] === -1) continue;
    const sentS = -HEARTBEAT_S * random.uniform();
    const delayS = HEARTBEAT_DELAY_S.least + HEARTBEAT_DELAY_S.mean * random.exponential();
    const base = phoneRow(crowd, i, seqs, startNs, {
      deviceS: sentS + (crowd.clockS[i] as number),
      arrivalS: sentS + delayS,
    });
    rows.push({ ...base, kind: 'heartbeat', steady: steady[i] as number, charging: 0 });
  }
  triggers.phone.forEach((phone, k) => {
    const told = triggers.log10PeakGal[k] as number;
    const isQuake = !Number.isNaN(told);
    const threshold = Math.log10(GAIN * (crowd.thresholdGal[phone] as number));
    const peak = isQuake ? told : threshold + FALSE_PEAK * random.exponential();
    const u = (1 - random.uniform()) ** (1 / 3);
    const base = phoneRow(crowd, phone, seqs, startNs, {
      deviceS: triggers.deviceS[k] as number,
      arrivalS: triggers.arrivalS[k] as number,
    });
    rows.push({
      ...base,
      kind: 'trigger',
      peakGal: 10 ** peak,
      probability: isQuake ? u : 1 - u,
    });
  });
  return rows.sort((a, b) => Number(a.arrivalNs - b.arrivalNs));
}

function phoneRow(
  crowd: PhoneCrowd,
  phone: number,
  seqs: Int32Array,
  startNs: bigint,
  at: { readonly deviceS: number; readonly arrivalS: number },
): PhoneSignalRow {
  const seq = (seqs[phone] = (seqs[phone] as number) + 1);
  return {
    kind: 'trigger',
    deviceId: `phone-${phone}`,
    boot: nsToIso(startNs).slice(0, 10),
    seq,
    deviceNs: startNs + secondsToNs(at.deviceS),
    arrivalNs: startNs + secondsToNs(at.arrivalS),
    position: {
      ...placeOf(crowd.grid, crowd.eastKm[phone] as number, crowd.northKm[phone] as number),
      positionSigmaKm: POSITION_SIGMA_KM,
    },
    steady: null,
    charging: null,
    iqrG: null,
    zeroCrossingsHz: null,
    cavGs: null,
    peakGal: null,
    peakCmS: null,
    probability: null,
    appVersion: null,
    modelVersion: null,
  };
}
