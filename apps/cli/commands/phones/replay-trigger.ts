/**
 * The gate in front of the posterior: which devices have triggered lately. In: records one by one,
 * in the order of arrival. Out: new triggers, each at the time of its arrival.
 * @module
 */
import type { PhoneRecord } from '../../../../core/tables/phone-table.js';
import { deviceTrigger, TRIGGER_SPAN_S } from '../../../../models/phones/device-trigger.js';

/** A device is not asked again for this long after a trigger, s. */
const DEAD_TIME_S = 5;

/** Keeps the last seconds of each device. */
export interface TriggerGate {
  /** Adds a record; true when its device has just triggered. */
  add(record: PhoneRecord, nowS: number): boolean;
}

export function triggerGate(): TriggerGate {
  const recent = new Map<string, PhoneRecord[]>();
  const quietUntilS = new Map<string, number>();
  return {
    add(record, nowS) {
      const list = recent.get(record.deviceId) ?? [];
      const last = list.at(-1);
      // Another rate cannot be joined; what the posterior makes of gaps is its own affair.
      if (last && last.rateHz !== record.rateHz) list.length = 0;
      list.push(record);
      const perRecordS = record.x.length / record.rateHz;
      while (list.length > Math.ceil(TRIGGER_SPAN_S / perRecordS)) list.shift();
      recent.set(record.deviceId, list);
      if (nowS < (quietUntilS.get(record.deviceId) ?? -Infinity)) return false;
      const components = (['x', 'y', 'z'] as const).map((c) => joined(list, c));
      const at = deviceTrigger({ components, rateHz: record.rateHz });
      if (at === null) return false;
      // Old triggers stay in the stretch until they have left it.
      quietUntilS.set(record.deviceId, nowS + at + DEAD_TIME_S);
      return true;
    },
  };
}

function joined(records: readonly PhoneRecord[], component: 'x' | 'y' | 'z'): Float32Array {
  const out = new Float32Array(records.reduce((sum, r) => sum + r.x.length, 0));
  let at = 0;
  for (const record of records) {
    out.set(record[component], at);
    at += record.x.length;
  }
  return out;
}
