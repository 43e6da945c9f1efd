/**
 * Phone segments to waveforms as a task for worker threads: tables of raw records in, one waveform
 * table out.
 * @module
 */
import type { TaskTable } from '../../core/compute.js';
import { decodeTable, encodeTable } from '../../core/tables/ipc.js';
import { phoneRecords } from '../../core/tables/phone-table.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import type { TimeWindow } from '../../core/time.js';
import { readDevices } from './devices.js';
import { phoneWaveforms } from './to-waveforms.js';

export const phoneTasks = {
  /** De-duplicates records of all tables, repairs clocks and joins gap-free runs. */
  phoneWaveforms: async (input: {
    readonly tables: readonly Uint8Array[];
    readonly window: TimeWindow;
    /** Positions of devices that do not send theirs. */
    readonly devicesPath?: string;
  }): Promise<{ arrow: Uint8Array; records: number; notes: readonly string[] }> => {
    const records = input.tables.flatMap((bytes, i) =>
      phoneRecords(decodeTable(bytes, `phone segment ${i}`)),
    );
    const { segments, notes } = phoneWaveforms({
      records,
      window: input.window,
      ...(input.devicesPath ? { devices: await readDevices(input.devicesPath) } : {}),
    });
    return { arrow: encodeTable(waveformTable(segments)), records: records.length, notes };
  },
} as const satisfies TaskTable;
