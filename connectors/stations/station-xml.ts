/**
 * FDSN StationXML 1.x in, the epochs of its channels out: place, orientation and what a count is.
 * FDSN, "StationXML schema" 1.2, elements Channel and InstrumentSensitivity.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { isoToNs } from '../../core/time.js';
import { childrenOf, parseXml, textAt, type XmlElement } from '../picks/xml-tree.js';

/** One channel while nothing about it changed. */
export interface ChannelEpoch {
  readonly network: string;
  readonly station: string;
  readonly location: string;
  readonly channel: string;
  /** Null: open. */
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number;
  /** Counts per input unit within the pass band; null where the file does not say. */
  readonly sensitivity: number | null;
  /** Input unit of the sensitivity as written, for example `M/S**2`. */
  readonly inputUnits: string;
}

/** All channel epochs of a file. Throws CorruptSourceError and UnsupportedSourceError. */
export function channelEpochs(input: {
  readonly path: string;
  readonly text: string;
}): readonly ChannelEpoch[] {
  const { path: source, text } = input;
  const root = parseXml({ source, text, skip: new Set(['Stage']) });
  if (root.name !== 'FDSNStationXML') {
    throw new UnsupportedSourceError({
      source,
      reason: `its root is <${root.name}>`,
      remedy: 'give FDSN StationXML at level channel or response',
      isRecognised: false,
    });
  }
  return childrenOf(root, 'Network').flatMap((network) =>
    childrenOf(network, 'Station').flatMap((station) =>
      childrenOf(station, 'Channel').map((channel) =>
        epochOf({ source, network, station, channel }),
      ),
    ),
  );
}

function epochOf(input: {
  readonly source: string;
  readonly network: XmlElement;
  readonly station: XmlElement;
  readonly channel: XmlElement;
}): ChannelEpoch {
  const { source, network, station, channel } = input;
  const code = (of: XmlElement): string => of.attributes['code'] ?? '';
  const location = (channel.attributes['locationCode'] ?? '').trim();
  const at = `channel ${code(network)}.${code(station)}.${location}.${code(channel)}`;
  const number = (name: string, low: number, high: number): number => {
    const value = Number(textAt(channel, name) ?? textAt(station, name) ?? Number.NaN);
    if (value >= low && value <= high) return value;
    throw new CorruptSourceError({ source, at, reason: `${name} is missing or out of range` });
  };
  const time = (name: string): bigint | null => {
    const written = channel.attributes[name];
    if (written === undefined) return null;
    const isZoned = /(?:Z|[+-]\d\d:\d\d)$/.test(written);
    const milliseconds = Date.parse(isZoned ? written : `${written}Z`);
    if (Number.isFinite(milliseconds)) return isoToNs(new Date(milliseconds).toISOString());
    throw new CorruptSourceError({ source, at, reason: `${name} '${written}' is not a time` });
  };
  const stated = Number(textAt(channel, 'Response', 'InstrumentSensitivity', 'Value'));
  return {
    network: code(network),
    station: code(station),
    location,
    channel: code(channel),
    startNs: time('startDate'),
    endNs: time('endDate'),
    latitude: number('Latitude', -90, 90),
    longitude: number('Longitude', -180, 360),
    elevationM: number('Elevation', -12_000, 9000),
    sensitivity: Number.isFinite(stated) && stated !== 0 ? stated : null,
    inputUnits:
      textAt(channel, 'Response', 'InstrumentSensitivity', 'InputUnits', 'Name') ?? 'not stated',
  };
}
