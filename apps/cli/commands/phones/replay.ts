/**
 * Replays a network: its records in the order of their arrival, through clock repair, picks and the
 * posterior. In: messages and device positions. Out: events with every update, each made only of
 * what had arrived by then.
 * @module
 */
import type { DevicePositions } from '../../../../connectors/phones/devices.js';
import { uniqueRecords } from '../../../../connectors/phones/identity.js';
import type { EvidenceSet } from '../../../../core/evidence.js';
import type { Region } from '../../../../core/region.js';
import type { PhoneRecord } from '../../../../core/tables/phone-table.js';
import { isoToNs, nsToIso, type IsoTime } from '../../../../core/time.js';
import {
  detectWith,
  type DetectedQuake,
  type StackBackend,
} from '../../../../models/detection/detect.js';
import { evidenceAt } from './replay-evidence.js';
import { estimateOf, phonesOf, type ReplayEstimate } from './replay-estimate.js';
import { shakingAtDevices, type DeviceShaking } from './replay-shaking.js';
import { triggerGate } from './replay-trigger.js';

/** One state of an event. */
export interface ReplayUpdate extends ReplayEstimate {
  /** When the records it rests on had arrived. */
  readonly at: IsoTime;
  /** Devices whose arrivals it explains. */
  readonly phones: number;
  /** Source-free estimate at the devices, beside the source: see `shakingAtDevices`. */
  readonly shaking: DeviceShaking;
}

/** An event with its history; the estimate is that of the last update. */
export interface ReplayEvent extends ReplayEstimate {
  readonly id: string;
  readonly declaredAt: IsoTime;
  readonly updates: readonly ReplayUpdate[];
}

const NS = 1_000_000_000n;
/** The posterior sees this much before the first trigger, s: noise, and the filters' start. */
const LEAD_S = 60;
/** A stretch ends this long after its last trigger, s. */
const QUIET_S = 100;
/** Triggers of this many devices within this time wake the posterior, s. */
const WAKE = { devices: 2, withinS: 60 };
/**
 * Devices whose arrivals an event must explain, and its probability, to be declared. Three devices
 * often leave two places open: they declare only when the region is known to so many km.
 */
const DECLARE = { devices: 3, surely: 4, regionKm: 50, probability: 0.95 };
/** Windows grow: updates this long after the declaration, s, besides those at new triggers. */
const UPDATES_S = [3, 6, 10, 15, 20, 30, 45, 60, 90] as const;
/**
 * The posterior runs at most once in this time, s; once an event is declared, at most once in a
 * sixth of the time since: the first seconds matter, later ones move it little.
 */
const PACE = { leastS: 1, share: 1 / 6 };
/** The posterior is asked this long after a trigger, s. */
const AFTER_TRIGGER_S = [0, 1, 2, 4, 8] as const;
/**
 * Each of a few arrivals may be P or S: the posterior has many narrow modes far apart, and one run of
 * the sampler misses the heaviest now and then (bench/phones/openeew). So it starts from many draws,
 * and runs are pooled.
 */
export const SAMPLER = { drawsPerSample: 16, runs: 3 };
/** The same event: origins this close, s. */
const SAME_ORIGIN_S = 30;

export interface ReplayInput {
  readonly records: readonly PhoneRecord[];
  readonly devices: DevicePositions;
  readonly region: Region;
  readonly backend: StackBackend;
  readonly seed: number;
  readonly samples: number;
  /** Called before each instant of arrival, s since the epoch; a live replay waits in it. */
  readonly pace?: (nowS: number) => Promise<void>;
  readonly onUpdate?: (event: ReplayEvent) => void;
}

/** Runs a replay. Records without arrival time cannot be replayed and are left out. */
export async function replay(input: ReplayInput): Promise<readonly ReplayEvent[]> {
  const records = uniqueRecords(input.records)
    .filter((r): r is PhoneRecord & { arrivalNs: bigint } => r.arrivalNs !== null)
    .filter((r) => r.position !== null || input.devices.has(r.deviceId))
    .sort((a, b) => (a.arrivalNs < b.arrivalNs ? -1 : a.arrivalNs > b.arrivalNs ? 1 : 0));
  const gate = triggerGate();
  const triggers: { readonly deviceId: string; readonly atS: number }[] = [];
  let events: ReplayEvent[] = [];
  let stretchNs: bigint | null = null;
  let due: number[] = [];
  let nextS = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as PhoneRecord & { arrivalNs: bigint };
    const nowS = Number(record.arrivalNs / 1_000_000n) / 1000;
    await input.pace?.(nowS);
    const last = triggers.at(-1);
    if (stretchNs !== null && last && nowS - last.atS > QUIET_S) [stretchNs, due] = [null, []];
    if (gate.add(record, nowS)) {
      triggers.push({ deviceId: record.deviceId, atS: nowS });
      const lately = triggers.filter((t) => t.atS > nowS - WAKE.withinS);
      if (new Set(lately.map((t) => t.deviceId)).size >= WAKE.devices) {
        const sinceFirstS = nowS - (lately[0]?.atS ?? nowS);
        stretchNs ??= record.arrivalNs - BigInt(Math.ceil(LEAD_S + sinceFirstS)) * NS;
        // A slow rise becomes a pick some seconds after the trigger; others follow meanwhile.
        due.push(...AFTER_TRIGGER_S.map((s) => nowS + s));
      }
    }
    if (stretchNs === null || nowS < nextS || !due.some((t) => t <= nowS)) continue;
    due = due.filter((t) => t > nowS);
    const sinceS = events.map((e) => nowS - Number(isoToNs(e.declaredAt) / 1_000_000n) / 1000);
    const youngestS = events.length === 0 ? 0 : Math.min(120, ...sinceS);
    nextS = nowS + Math.max(PACE.leastS, PACE.share * youngestS);
    const startNs: bigint = stretchNs;
    const evidence = evidenceAt({
      records: records.slice(0, i + 1).filter((r) => r.arrivalNs >= startNs),
      devices: input.devices,
      startNs,
      nowNs: record.arrivalNs,
    });
    const seen = evidence.sensors.filter((s) => s.arrivals.length > 0).length;
    if (seen < DECLARE.devices) continue;
    const { quakes } = await detectWith(input.backend, {
      ...{ evidence, region: input.region, seed: input.seed, samples: input.samples },
      ...SAMPLER,
      maxQuakes: unexplained(events, evidence) ? 2 : 1,
    });
    const at = nsToIso(record.arrivalNs);
    for (const quake of quakes) {
      const next = updated(events, quake, evidence, at);
      if (!next) continue;
      if (next.updates.length === 1) due.push(...UPDATES_S.map((s) => nowS + s));
      events = [...events.filter((e) => e.id !== next.id), next];
      input.onUpdate?.(next);
    }
  }
  return events.sort((a, b) => (a.originTime < b.originTime ? -1 : 1));
}

/** Adds an update to the event that a quake belongs to, or declares a new one; null: too weak. */
function updated(
  events: readonly ReplayEvent[],
  quake: DetectedQuake,
  evidence: EvidenceSet,
  at: IsoTime,
): ReplayEvent | null {
  const estimate = estimateOf(quake);
  const phones = phonesOf(estimate, evidence);
  const originNs = isoToNs(estimate.originTime);
  const known = events.find((e) => {
    const apartNs = isoToNs(e.originTime) - originNs;
    return (apartNs < 0n ? -apartNs : apartNs) < BigInt(SAME_ORIGIN_S) * NS;
  });
  const enough =
    phones >= DECLARE.surely ||
    (phones >= DECLARE.devices && estimate.regionKm90 < DECLARE.regionKm);
  if (!known && !(enough && estimate.probability >= DECLARE.probability)) return null;
  const update = { at, phones, ...estimate, shaking: shakingAtDevices(estimate, evidence) };
  return {
    id: known?.id ?? `phones-${estimate.originTime.slice(0, 19).replace(/[^0-9]/g, '')}`,
    declaredAt: known?.declaredAt ?? at,
    ...estimate,
    updates: [...(known?.updates ?? []), update],
  };
}

/** Whether enough devices have arrivals that the known events do not explain. */
function unexplained(events: readonly ReplayEvent[], evidence: EvidenceSet): boolean {
  if (events.length === 0) return false;
  const seen = evidence.sensors.filter((s) => s.arrivals.length > 0).length;
  const explained = events.reduce((sum, e) => sum + phonesOf(e, evidence), 0);
  return seen - explained >= DECLARE.devices;
}
