/**
 * In: a CSMIP Volume 1 strong-motion file (uncorrected accelerogram, as CGS and CESMD give it out),
 * usually the three components of one station. Out: waveforms in gal.
 * @module
 */
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import { nsToIso, windowNs, type TimeWindow } from '../../core/time.js';
import type { WaveformSegment } from '../../core/waveform.js';
import { parseChannel, type CsmipChannel } from './csmip-channel.js';
import { readWholeText } from '../source-file.js';

const FORMAT = 'phones/csmip-v1';
/** An hour of three components at 200 Hz has 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Coordinates have five decimals, the site is known to some ten metres. */
const POSITION_SIGMA_KM = 0.02;
/** Peak of the header beside the peak of the samples, as a share, before it is worth a remark. */
const PEAK_TOLERANCE = 0.005;

/** Reader of the files; it takes no options. Station elevations are not in the format. */
export const csmipV1Connector: Connector = {
  format: FORMAT,
  source: 'phones',
  title: 'Strong-motion records, CSMIP Volume 1 (CGS, CESMD)',

  probe(file: SourceFile): Promise<number> {
    const head = Buffer.from(file.head).toString('latin1');
    const isVolume1 = /^uncorrected accelerogram data\b/i.test(head);
    return Promise.resolve(isVolume1 ? (/\bCSMIP\b/.test(head) ? 0.95 : 0.5) : 0);
  },

  async scan(file: SourceFile): Promise<Scan> {
    return channelScan(await readChannels(file));
  },

  async read({ file, window }): Promise<ReturnType<typeof waveformTable>> {
    const channels = await readChannels(file);
    const segments = channels.flatMap((channel) => segmentOf(channel, window));
    return waveformTable(
      segments,
      new Map([['quakeloom.scan', JSON.stringify(channelScan(channels))]]),
    );
  },
};

/** All channels of a file. Throws CorruptSourceError naming the line. */
async function readChannels(file: SourceFile): Promise<readonly CsmipChannel[]> {
  const text = await readWholeText({
    file,
    maxBytes: MAX_BYTES,
    encoding: 'latin1',
    content: 'text',
    remedy: 'split the file by channel',
  });
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const channels: CsmipChannel[] = [];
  for (let first = 0; first < lines.length;) {
    const parsed = parseChannel({ source: file.path, lines, first });
    const key = nameOf(parsed.channel);
    if (channels.some((one) => nameOf(one) === key)) {
      throw new CorruptSourceError({
        source: file.path,
        at: `line ${first + 1}`,
        reason: `channel ${key} stands in the file twice`,
      });
    }
    channels.push(parsed.channel);
    first = parsed.next;
  }
  return channels;
}

function nameOf(channel: CsmipChannel): string {
  return `${sensorOf(channel)} ${channel.component}`;
}

function sensorOf({ network, stationCode }: CsmipChannel): string {
  return network === '' ? stationCode : `${network}.${stationCode}`;
}

function segmentOf(channel: CsmipChannel, window: TimeWindow | null): WaveformSegment[] {
  const { rateHz, samples } = channel;
  const indexAt = (ns: bigint): number =>
    Math.ceil((Number(ns - channel.startNs) / 1e9) * rateHz - 1e-6);
  const range = window === null ? null : windowNs(window);
  const from = range === null ? 0 : Math.max(0, indexAt(range.startNs));
  const to = range === null ? samples.length : Math.min(samples.length, indexAt(range.endNs));
  if (to <= from) return [];
  return [
    {
      sensorId: sensorOf(channel),
      component: channel.component,
      startNs: channel.startNs + BigInt(Math.round((from / rateHz) * 1e9)),
      rateHz,
      samples: samples.slice(from, to),
      units: 'gal',
      latitude: channel.latitude,
      longitude: channel.longitude,
      elevationM: 0,
      positionSigmaKm: POSITION_SIGMA_KM,
      distanceM: null,
      quality: channel.audit.join('; '),
    },
  ];
}

function channelScan(channels: readonly CsmipChannel[]): Scan {
  const startNs = channels.reduce((t, c) => (c.startNs < t ? c.startNs : t), firstStart(channels));
  const ends = channels.map(
    (c) => c.startNs + BigInt(Math.round((c.samples.length * 1e9) / c.rateHz)),
  );
  const endNs = ends.reduce((t, end) => (end > t ? end : t), startNs);
  const peaks = channels.map(peakOf);
  return {
    format: FORMAT,
    source: 'phones',
    window: { start: nsToIso(startNs), end: nsToIso(endNs) },
    facts: {
      devices: [...new Set(channels.map(sensorOf))],
      stations: [...new Set(channels.map((c) => c.stationName))],
      components: channels.map((c) => c.component),
      ratesHz: [...new Set(channels.map((c) => c.rateHz))],
      samples: channels.map((c) => c.samples.length),
      peaksGal: peaks,
      latitude: channels[0]?.latitude ?? null,
      longitude: channels[0]?.longitude ?? null,
      units: 'gal',
    },
    audit: channels.flatMap((channel, i) => {
      const { statedPeakGal } = channel;
      const found = peaks[i] as number;
      const isOff =
        statedPeakGal !== null &&
        Math.abs(found - statedPeakGal) > PEAK_TOLERANCE * Math.abs(statedPeakGal);
      const remark = `peak ${found.toFixed(2)} gal in the samples, ${statedPeakGal?.toFixed(2)} stated`;
      return [...channel.audit, ...(isOff ? [remark] : [])].map(
        (line) => `${nameOf(channel)}: ${line}`,
      );
    }),
  };
}

function firstStart(channels: readonly CsmipChannel[]): bigint {
  return channels[0]?.startNs ?? 0n;
}

/** The sample farthest from zero, with its sign, gal. */
function peakOf(channel: CsmipChannel): number {
  return channel.samples.reduce((top, value) => (Math.abs(value) > Math.abs(top) ? value : top), 0);
}
