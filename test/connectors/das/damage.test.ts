import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { dasConnector } from '../../../connectors/das/das-format.js';
import { ai4epsFormat } from '../../../connectors/das/formats/ai4eps.js';
import { prodmlFormat } from '../../../connectors/das/formats/prodml.js';
import { writeProdml } from '../../../connectors/das/write/write-prodml.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import type { Connector } from '../../../core/connector.js';
import { isQuakeError } from '../../../core/errors.js';
import { describeWithPeers } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { PLACE, temporaryFolder, writeWithH5py } from './support.js';

const prodmlConnector = dasConnector(prodmlFormat);
const ai4epsConnector = dasConnector(ai4epsFormat);

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);

async function readAll(file: string, connector: Connector = prodmlConnector): Promise<number> {
  const source = await openSourceFile({ path: file });
  await connector.scan(source, {});
  return (await connector.read({ file: source, window: null, options: PLACE })).numRows;
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((target) => target.startsWith(folder));
}

let whole: Buffer;
beforeAll(async () => {
  await writeProdml({
    path: at('whole.h5'),
    startNs: 1_500_000_000_000_000_000n,
    rateHz: 100,
    channelCount: 20,
    dxM: 5,
    gaugeLengthM: 10,
    samples: Float32Array.from({ length: 20 * 300 }, (_, i) => Math.sin(i)),
    unit: 'nm/m/s',
  });
  whole = readFileSync(at('whole.h5'));
});

describe('damaged files', () => {
  it.each([
    ['empty.h5', () => Buffer.alloc(0), 'byte 0', /empty/],
    ['zeros.h5', () => Buffer.alloc(5000), 'byte 0', /no HDF5 signature/],
    [
      'magic.h5',
      () => Buffer.concat([Buffer.from('oops'), whole.subarray(4)]),
      'byte 0',
      /no HDF5/,
    ],
    ['half.h5', () => whole.subarray(0, whole.length / 2), /^byte \d+$/, /promises \d+ bytes/],
    ['head.h5', () => whole.subarray(0, 20), 'superblock', /./],
  ])('%s is refused with the file and the byte', async (name, bytes, where, reason) => {
    writeFileSync(at(name), bytes());
    await expect(readAll(at(name))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      retryable: false,
      source: at(name),
      at: typeof where === 'string' ? where : (expect.stringMatching(where) as string),
      message: expect.stringMatching(reason) as string,
    });
    expect(openFiles()).toEqual([]);
  });

  it('whatever bytes change or go missing, it is a reading or a typed error, and no open file', async () => {
    const cut = fc.option(fc.integer({ min: 8, max: 40_000 }), { nil: null });
    const change = fc.record({
      at: fc.nat({ max: 4095 }),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(
        cut,
        fc.array(change, { minLength: 1, maxLength: 8 }),
        async (end, changes) => {
          const bytes = Buffer.from(whole.subarray(0, end ?? whole.length));
          for (const { at: place, byte } of changes) if (place < bytes.length) bytes[place] = byte;
          writeFileSync(at('fuzz.h5'), bytes);
          try {
            expect(await readAll(at('fuzz.h5'))).toBeGreaterThanOrEqual(0);
          } catch (error) {
            if (!isQuakeError(error)) throw error;
            expect(['CorruptSource', 'UnsupportedSource', 'InvalidInput']).toContain(error._tag);
          }
          expect(openFiles()).toEqual([]);
          const probe = await prodmlConnector.probe(await openSourceFile({ path: at('fuzz.h5') }));
          expect(probe).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 200 },
    );
    // The library is still sound after all that.
    expect(await readAll(at('whole.h5'))).toBe(20);
  });
});

describeWithSamples('a damaged compressed chunk', ['das/brady_eq_daspy_example_f32.h5'], () => {
  it('is an error, not whatever lay in memory, and the file is closed', async () => {
    const bytes = readFileSync(samplePath('das/brady_eq_daspy_example_f32.h5'));
    for (let i = 4_000_000; i < 4_000_200; i++) bytes[i] = (bytes[i] as number) ^ 0x5a;
    writeFileSync(at('chunk.h5'), bytes);
    await expect(readAll(at('chunk.h5'), ai4epsConnector)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: '/data',
    });
    expect(openFiles()).toEqual([]);
  });
});

describeWithPeers('contradictory files', () => {
  const RAW = '/Acquisition/Raw[0]';
  it.each([
    ['no data', "del raw['RawData']", `${RAW}/RawData`],
    ['no times', "del raw['RawDataTime']", `${RAW}/RawDataTime`],
    ['no raw group', "del f['Acquisition/Raw[0]']", '/Acquisition'],
    [
      'no spacing',
      "del acquisition.attrs['SpatialSamplingInterval']",
      '/Acquisition@SpatialSamplingInterval',
    ],
    [
      'a word as gauge length',
      "acquisition.attrs['GaugeLength'] = 'ten'",
      '/Acquisition@GaugeLength',
    ],
    ['other number of loci', "raw.attrs['NumberOfLoci'] = 9", `${RAW}/RawData`],
    [
      'fewer times than samples',
      "del raw['RawDataTime']; raw['RawDataTime'] = stamps[:-1]",
      `${RAW}/RawData`,
    ],
    ['time that stands still', 'time[5] = time[4]', `${RAW}/RawDataTime[5]`],
    ['text as data', "del raw['RawData']; raw['RawData'] = ['a', 'b']", `${RAW}/RawData`],
    ['one axis', "del raw['RawData']; raw['RawData'] = np.zeros(60, 'f4')", `${RAW}/RawData`],
    ['unknown time unit', "time.attrs['Uom'] = 'fortnight'", `${RAW}/RawDataTime@Uom`],
    [
      'no time in PartStartTime',
      "data.attrs['PartStartTime'] = 'noon'",
      `${RAW}/RawData@PartStartTime`,
    ],
  ])('%s', async (_, also, where) => {
    writeWithH5py({ path: at('bad.h5'), data: 't + x', samples: 20, loci: 3, also });
    await expect(readAll(at('bad.h5'))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: at('bad.h5'),
      at: where,
    });
  });
});
