/** Files and requests that the tests of DAS readers share. @module */
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Connector, ReadRequest } from '../../../core/connector.js';
import { waveformSegments } from '../../../core/tables/waveform-table.js';
import type { WaveformSegment } from '../../../core/waveform.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { runPeer } from '../../support/peers.js';

/** A complete place for a fibre. */
export const PLACE = {
  latitude: 39.8,
  longitude: -119,
  elevationM: 1200,
  positionSigmaKm: 0.1,
  fibreId: 'fibre',
} as const;

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'das-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files of the folder that this process holds open (Linux). */
export function openFiles(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Reads a file and gives its segments. */
export async function readSegments(
  connector: Connector,
  input: {
    path: string;
    window?: ReadRequest['window'];
    options?: ReadRequest['options'];
  },
): Promise<WaveformSegment[]> {
  const file = await openSourceFile({ path: input.path });
  const options = { ...PLACE, ...input.options };
  return waveformSegments(await connector.read({ file, window: input.window ?? null, options }));
}

/** Arguments of `writeWithH5py`; values left out get those of a plain PRODML 2.1 file. */
export interface PeerFile {
  readonly path: string;
  /** numpy expression of RawData; `t` (time index) and `x` (locus index) are its axes. */
  readonly data: string;
  readonly samples: number;
  readonly loci: number;
  readonly dtype?: string;
  /** numpy expression of RawDataTime; `n` is the number of samples. */
  readonly times?: string;
  readonly dimensions?: readonly string[] | null;
  readonly isTransposed?: boolean;
  readonly unit?: string | null;
  /** Python statements run at the end with `f`, `acquisition`, `raw`, `data`, `time`. */
  readonly also?: string;
  /** Extra arguments of create_dataset. */
  readonly storage?: string;
}

/** Writes a PRODML file with h5py, the peer, so that reader and writer do not share mistakes. */
export function writeWithH5py(file: PeerFile): void {
  const { dimensions = ['time', 'locus'], unit = 'nm/m/s', times } = file;
  runPeer(
    `
import json, sys, h5py, numpy as np
n, loci = ${file.samples}, ${file.loci}
t = np.arange(n)[:, None]
x = np.arange(loci)[None, :]
values = np.broadcast_to(${file.data}, (n, loci)).astype('${file.dtype ?? '<f4'}')
${file.isTransposed ? 'values = values.T' : ''}
with h5py.File(sys.argv[1], 'w') as f:
    acquisition = f.create_group('Acquisition')
    acquisition.attrs.update({'schemaVersion': np.bytes_('2.1'), 'GaugeLength': 10.0, 'GaugeLength.uom': np.bytes_('m'),
        'SpatialSamplingInterval': 2.0, 'SpatialSamplingInterval.uom': np.bytes_('m'), 'NumberOfLoci': loci, 'StartLocusIndex': 5})
    raw = acquisition.create_group('Raw[0]')
    raw.attrs.update({'OutputDataRate': 100.0, 'NumberOfLoci': loci, 'StartLocusIndex': 5})
    ${unit === null ? 'pass' : `raw.attrs['RawDataUnit'] = ${JSON.stringify(unit)}`}
    data = raw.create_dataset('RawData', data=values, ${file.storage ?? ''})
    ${dimensions === null ? 'pass' : `data.attrs['Dimensions'] = [np.bytes_(d) for d in ${JSON.stringify(dimensions)}]`}
    stamps = np.asarray(${times ?? '1500000000000000 + np.arange(n, dtype=np.int64) * 10000'}, dtype=np.int64)
    time = raw.create_dataset('RawDataTime', data=stamps)
${(file.also ?? 'pass').replace(/^/gm, '    ')}
print(json.dumps(True))
`,
    [file.path],
  );
}
