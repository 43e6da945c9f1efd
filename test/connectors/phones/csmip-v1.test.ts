import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { csmipV1Connector } from '../../../connectors/phones/csmip-v1.js';
import { probeConnector } from '../../../connectors/registry.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { waveformSegments } from '../../../core/tables/waveform-table.js';

const folder = mkdtempSync(path.join(tmpdir(), 'csmip-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface ChannelText {
  number: number;
  orientation: string;
  samples: readonly number[];
  unit: string;
  peak: number;
}

/** One channel, written column by column after the layout of CDMG OSMS 85-03. */
function channelText(channel: ChannelText): string[] {
  const integers = new Array<number>(100).fill(-999);
  [3, 19, 37, 8, 187, 7, 6, 2019].forEach((value, i) => (integers[16 + i] = value));
  const reals = new Array<number>(74).fill(-999);
  [0.005, 0.707, 10, 0.02, 1, 4989.7, channel.peak, 0.02].forEach((v, i) => (reals[i] = v));
  reals[36] = 35.52495;
  reals[37] = -117.3645;
  const rows = (values: readonly string[], perLine: number): string[] =>
    Array.from({ length: Math.ceil(values.length / perLine) }, (_, i) =>
      values.slice(i * perLine, (i + 1) * perLine).join(''),
    );
  return [
    'Uncorrected Accelerogram Data             Processed: 07/06/19, CGS  ciccc--y    ',
    'Rcrd of Fri Jul  5, 2019 20:19:37.0 PDT               (Avol1 v2.0, 4/18 CSMIP)  ',
    '                                        (Origin:  To be determined)             ',
    '38457511.CI.CCC.--.HN                Start time:  7/06/19, 03:19:37.0 UTC (GPS) ',
    'Station Id. CCC     35.525N, 117.365W    Q330    s/n 4114  (3 Chns of  3 at Sta)',
    'China Lake NWC, Christmas Canyon Rd.     SCSN   Data: Acceleration              ',
    `Chan  ${channel.number}: ${channel.orientation}`,
    ...new Array<string>(6).fill('-'),
    ...rows(
      integers.map((value) => String(value).padStart(5)),
      16,
    ),
    ...rows(
      reals.map((value) => value.toFixed(5).padStart(10)),
      8,
    ),
    ` ${channel.samples.length} Accelerogram points at 100 pts/sec in units of ${channel.unit}.       Format: (8f9.6)  `,
    ...rows(
      channel.samples.map((value) => value.toFixed(6).padStart(9)),
      8,
    ),
    `/&  ----------  End of Data for Station Channel   ${channel.number}  ----------`,
  ];
}

const CHANNELS: readonly ChannelText[] = [
  { number: 1, orientation: ' 90 Deg', samples: [0, 0.1, -0.5, 0.25], unit: 'g', peak: -0.5 },
  { number: 2, orientation: '360 Deg', samples: [0, 0.2, 0.3, 0], unit: 'g', peak: 0.3 },
  { number: 3, orientation: ' Up', samples: [0.01, 0, 0, 0], unit: 'g', peak: 0.01 },
];

function lines(changes: Partial<ChannelText> = {}): string[] {
  return CHANNELS.flatMap((c, i) => channelText(i === 0 ? { ...c, ...changes } : c));
}

let count = 0;
async function fileOf(text: readonly string[]) {
  const file = path.join(folder, `record-${count++}.v1`);
  writeFileSync(file, `${text.join('\r\n')}\r\n`);
  return openSourceFile({ path: file });
}

describe('CSMIP volume 1', () => {
  it('gives three components in gal with place and time', async () => {
    const file = await fileOf(lines());
    expect((await probeConnector({ file })).format).toBe('phones/csmip-v1');
    const table = await csmipV1Connector.read({ file, window: null, options: {} });
    const segments = waveformSegments(table);
    expect(segments.map((s) => [s.sensorId, s.component])).toEqual([
      ['CI.CCC', 'x'],
      ['CI.CCC', 'y'],
      ['CI.CCC', 'z'],
    ]);
    expect(segments[0]).toMatchObject({
      startNs: BigInt(Date.UTC(2019, 6, 6, 3, 19, 37)) * 1_000_000n,
      rateHz: 100,
      units: 'gal',
      latitude: 35.52495,
      longitude: -117.3645,
      quality: '',
    });
    expect(Array.from(segments[0]?.samples ?? [])).toEqual(
      [0, 98.0665, -490.3325, 245.16625].map(Math.fround),
    );
    expect((await csmipV1Connector.scan(file, {})).audit).toEqual([]);
  });

  it('cuts to a window and gives nothing outside the record', async () => {
    const file = await fileOf(lines());
    const read = async (start: string, end: string) =>
      waveformSegments(
        await csmipV1Connector.read({ file, window: { start, end }, options: {} }),
      ).map((s) => [s.samples.length, s.startNs % 1_000_000_000n]);
    expect(await read('2019-07-06T03:19:37.010Z', '2019-07-06T03:19:37.030Z')).toEqual([
      [2, 10_000_000n],
      [2, 10_000_000n],
      [2, 10_000_000n],
    ]);
    expect(await read('2019-07-06T03:20:00Z', '2019-07-06T03:21:00Z')).toEqual([]);
  });

  it('takes gal as it is and tells when the peak is not the stated one', async () => {
    const file = await fileOf(lines({ unit: 'cm/sec/sec', samples: [0, 2, 0, 0], peak: 3 }));
    expect(await csmipV1Connector.scan(file, {})).toMatchObject({
      facts: { peaksGal: [2, Math.fround(294.1995), Math.fround(9.80665)] },
      audit: ['CI.CCC x: peak 2.00 gal in the samples, 3.00 stated'],
    });
  });

  const damage: Record<string, (text: string[]) => string[]> = {
    'a record cut off inside the samples': (text) => text.slice(0, -1),
    'a record cut off inside the header': (text) => text.slice(0, 20),
    'a missing line of samples': (text) => text.filter((_, i) => i !== 31),
    'a sample that is no number': (text) =>
      text.map((t, i) => (i === 31 ? t.replace('0', 'x') : t)),
    'no station': (text) => text.map((t, i) => (i === 4 ? 'Station' : t)),
    'no time': (text) => text.map((t, i) => (i === 3 ? '' : t)),
    'an impossible time': (text) => text.map((t) => t.replace('7/06/19', '13/06/19')),
    'the same channel twice': (text) => [...text, ...channelText(CHANNELS[0] as ChannelText)],
    'something else after the record': (text) => [...text, 'more'],
  };
  it.each(Object.entries(damage))('%s is refused with its line', async (_, spoil) => {
    const file = await fileOf(spoil(lines()));
    await expect(csmipV1Connector.scan(file, {})).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: expect.stringMatching(/^line \d+$/) as string,
    });
  });

  it('refuses a turned sensor and units it does not know', async () => {
    const turned = await fileOf(lines({ orientation: ' 45 Deg' }));
    await expect(csmipV1Connector.scan(turned, {})).rejects.toThrow(/east, north or up/);
    const counts = await fileOf(lines({ unit: 'counts' }));
    await expect(csmipV1Connector.scan(counts, {})).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
    });
  });
});
