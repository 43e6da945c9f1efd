/**
 * A channel and a time in, its StationXML epoch out, from a named file or from those beside the
 * waveforms.
 * @module
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UnsupportedSourceError } from '../../core/errors.js';
import { nsToIso } from '../../core/time.js';
import { fileIdentity, identityText } from '../file-identity.js';
import { openSourceFile, readWholeText } from '../source-file.js';
import { channelEpochs, type ChannelEpoch } from './station-xml.js';

/** Responses of a large network take some ten megabytes. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Files parsed last, by path, size and time: a live feed asks for the same one with every file. */
const parsed = new Map<string, readonly ChannelEpoch[]>();
const MOST_PARSED = 64;

/** Finds epochs; each StationXML file is read at most once. */
export interface StationMetadata {
  /** Throws UnsupportedSourceError naming the channel where no file has it at this time. */
  readonly epochOf: (input: {
    /** `NET.STA.LOC.CHA`. */
    readonly id: string;
    readonly timeNs: bigint;
  }) => Promise<ChannelEpoch>;
}

/**
 * Metadata for a waveform file: `stationXml` (a file or a folder), else the `.xml` files of the
 * waveform file's own folder. Files whose name holds the station's code are looked at first.
 */
export function stationMetadata(input: {
  readonly waveformPath: string;
  readonly stationXml: string | undefined;
}): StationMetadata {
  const { waveformPath, stationXml } = input;
  const read = new Map<string, Promise<readonly ChannelEpoch[]>>();
  let files: Promise<readonly string[]> | undefined;
  return {
    epochOf: async ({ id, timeNs }) => {
      const station = id.split('.')[1] ?? '';
      files ??= candidates(stationXml ?? path.dirname(waveformPath));
      const named = (file: string): number => (path.basename(file).includes(station) ? 0 : 1);
      const ordered = [...(await files)].sort((a, b) => named(a) - named(b) || (a < b ? -1 : 1));
      for (const file of ordered) {
        const epochs = read.get(file) ?? epochsOf(file, stationXml !== undefined);
        read.set(file, epochs);
        const found = (await epochs).find((epoch) => covers(epoch, id, timeNs));
        if (found) return found;
      }
      throw new UnsupportedSourceError({
        source: waveformPath,
        reason: `no StationXML has ${id} at ${nsToIso(timeNs)}`,
        remedy: `put one with this channel at level response beside the file, or name it in the source's option stationXml`,
      });
    },
  };
}

async function candidates(place: string): Promise<readonly string[]> {
  const names = await readdir(place).catch(() => null);
  if (names === null) return [place];
  return names.filter((name) => /\.(xml|stationxml)$/i.test(name)).map((n) => path.join(place, n));
}

/** Other XML (QuakeML, notes) may lie beside waveforms; a file that was named must be StationXML. */
async function epochsOf(file: string, isNamed: boolean): Promise<readonly ChannelEpoch[]> {
  const identity = await fileIdentity(file);
  if (identity === null) return readEpochs(file, isNamed);
  const key = `${isNamed} ${identityText(identity)} ${file}`;
  const known = parsed.get(key);
  if (known) return known;
  const epochs = await readEpochs(file, isNamed);
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(key, epochs);
  return epochs;
}

async function readEpochs(file: string, isNamed: boolean): Promise<readonly ChannelEpoch[]> {
  const text = await readWholeText({
    file: await openSourceFile({ path: file }),
    maxBytes: MAX_BYTES,
    encoding: 'utf8',
    content: 'StationXML',
    remedy: 'leave out stations that are not used, or give level channel',
  });
  if (!isNamed && !/<(?:\w+:)?FDSNStationXML[\s>]/.test(text.slice(0, 4096))) return [];
  return channelEpochs({ path: file, text });
}

function covers(epoch: ChannelEpoch, id: string, timeNs: bigint): boolean {
  const { network, station, location, channel } = epoch;
  return (
    id === `${network}.${station}.${location === '--' ? '' : location}.${channel}` &&
    (epoch.startNs === null || epoch.startNs <= timeNs) &&
    (epoch.endNs === null || timeNs < epoch.endNs)
  );
}
