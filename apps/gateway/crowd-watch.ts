/**
 * The fast path: triggers and heartbeats that are on the disk, counted in memory, several times a
 * second. In: signals of one region. Out: a crowd that says "quake", told once. It only makes the
 * region's watch look at once: the event itself comes from the evidence of the sealed data.
 * @module
 */
import type { Bounds } from '../../core/region.js';
import { cellOf, crowdGrid } from '../../models/phones/network/crowd-grid.js';
import { BIN_S, crowdState } from '../../models/phones/network/crowd-state.js';
import {
  crowdDetector,
  stepCrowd,
  type CrowdAlert,
  type CrowdDetector,
} from '../../models/phones/network/crowd-step.js';
import { SIGNAL_ACTIVE_S } from '../../tensors/signal-cells.js';
import type { TakenSignal } from './clock-watch.js';

/** Cell of the grid, km: some hundred phones of a city. */
const CELL_KM = 5;
/** Phones that went silent are looked for this often, s. */
const FORGET_S = 600;

/** A region's crowd. */
export interface CrowdWatch {
  /** Takes a signal; counted at the next step. */
  add(taken: TakenSignal): void;
  /** Looks at what came. `nowS` is the server's clock, s since the epoch. */
  step(nowS: number): CrowdAlert | null;
  counts(): CrowdCounts;
}

export interface CrowdCounts {
  /** Steady phones now. */
  readonly active: number;
  readonly triggers: number;
  /**
   * Signals left out: no place, outside the grid, wrong clock; and triggers that came more than 5 s
   * after they happened, or again within 30 s.
   */
  readonly left: {
    readonly unplaced: number;
    readonly outside: number;
    readonly clock: number;
    readonly late: number;
    readonly repeated: number;
  };
  readonly alerts: number;
}

interface Phone {
  cell: number;
  heardS: number;
}

/** Watches bounds. Cells grow where a region is too large for 5 km. */
export function createCrowdWatch(bounds: Bounds): CrowdWatch {
  const grid = gridOf(bounds);
  const detector: CrowdDetector = crowdDetector(crowdState(grid));
  const { active } = detector.state;
  const phones = new Map<string, Phone>();
  const left = { unplaced: 0, outside: 0, clock: 0 };
  let pending: { cell: number; arrivalS: number; deviceS: number; device: string }[] = [];
  let [triggers, alerts, forgottenS] = [0, 0, 0];

  const addTo = (cell: number, count: number): void => {
    if (cell >= 0) active[cell] = Math.max(0, (active[cell] as number) + count);
  };
  /** Notes where a steady phone is; -1 for one that moves. */
  const place = (device: string, cell: number, heardS: number): void => {
    const phone = phones.get(device);
    if (phone) {
      if (phone.cell !== cell) {
        addTo(phone.cell, -1);
        addTo(cell, 1);
      }
      phone.cell = cell;
      phone.heardS = heardS;
    } else {
      phones.set(device, { cell, heardS });
      addTo(cell, 1);
    }
  };
  const forget = (nowS: number): void => {
    if (nowS - forgottenS < FORGET_S) return;
    forgottenS = nowS;
    for (const [device, { cell, heardS }] of phones) {
      if (nowS - heardS <= SIGNAL_ACTIVE_S) continue;
      addTo(cell, -1);
      phones.delete(device);
    }
  };

  return {
    add({ signal, arrivalS, isTrusted }) {
      const { position, deviceId, kind } = signal;
      if (!isTrusted) return void left.clock++;
      if (!position) return void left.unplaced++;
      const cell = cellOf(grid, position.latitude, position.longitude);
      if (cell < 0) left.outside++;
      if (kind === 'heartbeat') return place(deviceId, signal.isSteady ? cell : -1, arrivalS);
      triggers++;
      if (cell < 0) return;
      // A phone that triggers lay still before, whether its heartbeat came or not.
      place(deviceId, cell, arrivalS);
      const deviceS = Number(signal.deviceNs) / 1e9;
      pending.push({ cell, arrivalS, deviceS, device: deviceId });
    },
    step(nowS) {
      forget(nowS);
      const batch = pending;
      pending = [];
      const alert = stepCrowd(detector, {
        nowS,
        cell: Int32Array.from(batch, (t) => t.cell),
        arrivalS: Float64Array.from(batch, (t) => t.arrivalS),
        deviceS: Float64Array.from(batch, (t) => t.deviceS),
        device: batch.map((t) => t.device),
      });
      if (alert) alerts++;
      return alert;
    },
    counts: () => ({
      active: active.reduce((sum, count) => sum + count, 0),
      triggers,
      left: {
        ...left,
        late: detector.state.refused.clock,
        repeated: detector.state.refused.repeated,
      },
      alerts,
    }),
  };
}

/** How often `step` should be called, ms: a bin of the detector. */
export const CROWD_STEP_MS = 1000 * BIN_S;

function gridOf(bounds: Bounds): ReturnType<typeof crowdGrid> {
  for (let cellKm = CELL_KM; ; cellKm *= 2) {
    try {
      return crowdGrid({ bounds, cellKm });
    } catch (error) {
      if (cellKm > 1000) throw error;
    }
  }
}
