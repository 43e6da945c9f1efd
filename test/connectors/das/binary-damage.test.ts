import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DasFormat } from '../../../connectors/das/das-format.js';
import { miniseedFormat } from '../../../connectors/das/formats/miniseed.js';
import { segyFormat } from '../../../connectors/das/formats/segy.js';
import { sintelaFormat } from '../../../connectors/das/formats/sintela.js';
import { tdmsFormat } from '../../../connectors/das/formats/tdms.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { writeMiniseed } from '../../../connectors/das/write/write-miniseed.js';
import { probeConnector } from '../../../connectors/registry.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { fuzz, fuzzTargets, type FuzzTarget } from './fuzz-binary.js';
import { SINTELA, sintelaBytes } from './sintela-file.js';
import { readWhole, withFile } from './binary-support.js';
import { segyBytes } from './segy-file.js';
import { temporaryFolder } from './support.js';
import { tdmsBytes } from './tdms-file.js';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
let targets: Readonly<Record<string, FuzzTarget>>;
const samples: Record<string, { format: DasFormat; bytes: Buffer }> = {
  tdms: { format: tdmsFormat, bytes: tdmsBytes() },
  sintela: { format: sintelaFormat, bytes: sintelaBytes(SINTELA) },
  segy: { format: segyFormat, bytes: segyBytes() },
};
const NAMES = ['tdms', 'sintela', 'segy', 'miniseed'] as const;

beforeAll(async () => {
  mkdirSync(at('targets'));
  targets = await fuzzTargets(at('targets'));
  const recording = memoryRecording({
    samples: Int32Array.from({ length: 900 }, (_, i) => i % 70),
    type: 'int32',
    channelCount: 3,
    runs: [{ firstIndex: 0, sampleCount: 300, startNs: 10n ** 18n, rateHz: 100 }],
    firstDistanceM: 0,
    spacingM: 1,
  });
  await writeMiniseed({ path: at('sound.mseed'), recording, recordBytes: 256 });
  samples['miniseed'] = { format: miniseedFormat, bytes: readFileSync(at('sound.mseed')) };
});

function sample(name: string): { format: DasFormat; bytes: Buffer } {
  return samples[name] as { format: DasFormat; bytes: Buffer };
}

describe.each(NAMES)('%s', (name) => {
  it('is recognised by its content under any name, and by nobody when its magic is gone', async () => {
    const { format, bytes } = sample(name);
    writeFileSync(at(`${name}.txt`), bytes);
    const connector = await probeConnector({
      file: await openSourceFile({ path: at(`${name}.txt`) }),
    });
    expect(connector.format).toBe(format.format);
    for (const other of ['zeros', 'text']) {
      writeFileSync(at(`${other}.bin`), Buffer.alloc(8000, other === 'zeros' ? 0 : 'lorem ipsum '));
      expect(await format.probe(await openSourceFile({ path: at(`${other}.bin`) }))).toBe(0);
    }
  });

  it('of zero length, missing, or a folder is a typed error', async () => {
    const { format } = sample(name);
    writeFileSync(at('empty'), '');
    await expect(readWhole(format, at('empty'))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: 'byte 0',
    });
    const gone = { path: at('gone'), head: new Uint8Array(0), bytes: 10 };
    const reading = format.withRecording({ file: gone, options: {} }, () => Promise.resolve());
    await expect(reading).rejects.toMatchObject({ _tag: 'Unavailable' });
  });

  it('cut anywhere is an error that names the file', async () => {
    const { format, bytes } = sample(name);
    for (let k = 1; k < 40; k++) {
      // MiniSEED may end after any whole record, Sintela after any whole packet.
      const end = Math.floor((bytes.length * k) / 40) + 1;
      writeFileSync(at('cut'), bytes.subarray(0, end));
      await expect(readWhole(format, at('cut'))).rejects.toMatchObject({
        _tag: expect.stringMatching(/^(CorruptSource|UnsupportedSource)$/) as string,
        source: at('cut'),
      });
    }
  });

  it.each([
    ['cut', (file: string) => truncateSync(file, 2000)],
    ['continued', (file: string) => appendFileSync(file, 'more')],
    [
      'replaced',
      (file: string) => (writeFileSync(`${file}.new`, 'other'), renameSync(`${file}.new`, file)),
    ],
  ])('%s while it is read is an error, not half of another recording', async (_, change) => {
    const { format, bytes } = sample(name);
    writeFileSync(at('live'), bytes);
    const reading = withFile(format, at('live'), async ({ layout, readBlock }) => {
      change(at('live'));
      return readBlock({ time: [0, layout.timeCount], channel: [0, layout.channelCount] });
    });
    await expect(reading).rejects.toMatchObject({ _tag: 'CorruptSource', source: at('live') });
  });
});

describe('mutated files', () => {
  it.each([...NAMES, 'zarr'])(
    '%s: 300 of them are read or refused with a typed error',
    async (name) => {
      const result = await fuzz(targets[name] as FuzzTarget, {
        folder: at('targets'),
        seed: 1_000_000,
        inputs: name === 'zarr' ? 150 : 300,
      });
      expect(result.read).toBeGreaterThan(0);
      expect(result.refused['CorruptSource']).toBeGreaterThan(0);
    },
    60_000,
  );
});
