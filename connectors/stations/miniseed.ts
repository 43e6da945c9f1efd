/**
 * In: a MiniSEED file (versions 2 and 3) of seismic stations, with FDSN StationXML beside it. Out:
 * ground acceleration in gal, for the same evidence as other accelerometers.
 * @module
 */
import type { Connector, ReadRequest, Scan, SourceFile } from '../../core/connector.js';
import { UnsupportedSourceError } from '../../core/errors.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import { nsToIso, windowNs } from '../../core/time.js';
import type { WaveformSegment } from '../../core/waveform.js';
import { withBinaryFile } from '../binary-file.js';
import { looksLikeSeedRecord } from '../seed/record-header.js';
import { readSeedIndex, type SeedIndex } from '../seed/record-index.js';
import { stationMetadata, type StationMetadata } from './find-metadata.js';
import { DERIVATIVE_REACH, groundMotionOf, toAcceleration } from './ground-acceleration.js';
import { seedRuns, type SeedRun } from './seed-runs.js';

const FORMAT = 'stations/miniseed';
/** Surveyed places. */
const POSITION_SIGMA_KM = 0.05;
/** Orientation codes of SEED 2.4, appendix A: vertical and two horizontals, aligned or not. */
const COMPONENT: Readonly<Record<string, string>> = {
  ...{ Z: 'z', '3': 'z' },
  ...{ N: 'y', '1': 'y' },
  ...{ E: 'x', '2': 'x' },
};
/** Instrument codes whose samples are ground motion: high and low gain seismometers, accelerometers. */
const INSTRUMENTS = 'HLN';
const LEAST_HZ = 20;

/**
 * Reader of the files. Options: `stationXml`, a file or folder (default: beside the waveforms);
 * `channels`, the first two letters of the codes to read, comma-separated (`HN,HH`; default: all
 * seismometers and accelerometers of 20 Hz or more). Give one instrument a station: two are not
 * independent.
 */
export const stationMiniseedConnector: Connector = {
  format: FORMAT,
  source: 'phones',
  title: 'Seismic stations, MiniSEED 2 and 3 with StationXML',

  probe: (file: SourceFile) => Promise.resolve(looksLikeSeedRecord(file.head) ? 0.8 : 0),

  scan: (file, options) =>
    withBinaryFile(file, async (binary) =>
      scanOf({ file, options, index: await readSeedIndex(binary) }),
    ),

  read: ({ file, window, options }) =>
    withBinaryFile(file, async (binary) => {
      const index = await readSeedIndex(binary);
      const wanted = wantedChannels(file, index, options);
      const inside = window === null ? null : windowNs(window);
      // A derivative needs its neighbours: the window's samples must not depend on where it was cut.
      const slowest = Math.min(...index.channels.map(({ rateHz }) => rateHz));
      const reachNs = BigInt(Math.ceil(((DERIVATIVE_REACH + 1) * 1e9) / slowest));
      const range = inside && {
        startNs: inside.startNs - reachNs,
        endNs: inside.endNs + reachNs,
      };
      const isWanted = (channel: number): boolean => wanted.has(channel);
      const runs = await seedRuns({ file: binary, index, range, isWanted });
      const metadata = metadataOf(file, options);
      const segments: WaveformSegment[] = [];
      for (const run of runs)
        segments.push(...(await segmentOf({ file, index, run, metadata, inside })));
      const scan = scanOf({ file, options, index });
      return waveformTable(segments, new Map([['quakeloom.scan', JSON.stringify(scan)]]));
    }),
};

function metadataOf(file: SourceFile, options: ReadRequest['options']): StationMetadata {
  const named = options['stationXml'];
  return stationMetadata({
    waveformPath: file.path,
    stationXml: typeof named === 'string' ? named : undefined,
  });
}

async function segmentOf(input: {
  readonly file: SourceFile;
  readonly index: SeedIndex;
  readonly run: SeedRun;
  readonly metadata: StationMetadata;
  readonly inside: { readonly startNs: bigint; readonly endNs: bigint } | null;
}): Promise<WaveformSegment[]> {
  const { file, index, run, inside } = input;
  const { rateHz, startNs, counts } = run;
  const { id } = index.channels[run.channel] as { id: string };
  const epoch = await input.metadata.epochOf({ id, timeNs: startNs });
  const meaning = groundMotionOf(epoch.inputUnits);
  if (meaning === null || epoch.sensitivity === null) {
    throw new UnsupportedSourceError({
      source: file.path,
      reason: `StationXML gives ${id} ${epoch.sensitivity === null ? 'no sensitivity' : `in ${epoch.inputUnits}`}`,
      remedy:
        'give an InstrumentSensitivity in M/S or M/S**2, or leave the channel out (option channels)',
    });
  }
  const samples = toAcceleration({ counts, rateHz, sensitivity: epoch.sensitivity, ...meaning });
  const edge = meaning.motion === 'velocity' ? DERIVATIVE_REACH : 0;
  const indexAt = (ns: bigint): number => Math.ceil((Number(ns - startNs) / 1e9) * rateHz - 1e-6);
  const from = Math.max(edge, inside ? indexAt(inside.startNs) : 0);
  const to = Math.min(samples.length - edge, inside ? indexAt(inside.endNs) : Infinity);
  if (to <= from) return [];
  return [
    {
      sensorId: sensorOf(id),
      component: COMPONENT[id.slice(-1)] as string,
      startNs: startNs + BigInt(Math.round((from / rateHz) * 1e9)),
      rateHz,
      samples: samples.slice(from, to),
      units: 'gal',
      latitude: epoch.latitude,
      longitude: epoch.longitude > 180 ? epoch.longitude - 360 : epoch.longitude,
      elevationM: epoch.elevationM,
      positionSigmaKm: POSITION_SIGMA_KM,
      distanceM: null,
      quality: '',
    },
  ];
}

/** One instrument: `NET.STA.LOC.` and the first two letters of the channel. */
const sensorOf = (id: string): string => id.slice(0, -1);

function isGroundMotion(id: string, options: ReadRequest['options']): boolean {
  const code = id.slice(id.lastIndexOf('.') + 1);
  if (code.length !== 3 || COMPONENT[code.slice(-1)] === undefined) return false;
  const named = options['channels'];
  if (typeof named !== 'string') return INSTRUMENTS.includes(code.charAt(1));
  return named.split(',').some((prefix) => code.startsWith(prefix.trim()));
}

/** Channels that are read. Throws UnsupportedSourceError when there is none. */
function wantedChannels(
  file: SourceFile,
  index: SeedIndex,
  options: ReadRequest['options'],
): ReadonlySet<number> {
  const wanted = index.channels.flatMap(({ id, rateHz }, i) =>
    rateHz >= LEAST_HZ && isGroundMotion(id, options) ? [i] : [],
  );
  if (wanted.length > 0) return new Set(wanted);
  const listed = index.channels.slice(0, 5).map(({ id, rateHz }) => `${id} at ${rateHz} Hz`);
  throw new UnsupportedSourceError({
    source: file.path,
    reason: `no channel of ground motion of ${LEAST_HZ} Hz or more; it has ${listed.join(', ')}`,
    remedy: 'name the first letters of its channels in the option channels, or leave the file out',
  });
}

function scanOf(input: {
  readonly file: SourceFile;
  readonly options: ReadRequest['options'];
  readonly index: SeedIndex;
}): Scan {
  const { file, options, index } = input;
  const wanted = wantedChannels(file, index, options);
  let startNs = index.startsNs[0] as bigint;
  let endNs = startNs;
  for (let record = 0; record < index.recordCount; record++) {
    const { rateHz } = index.channels[index.channelOf[record] as number] as { rateHz: number };
    const start = index.startsNs[record] as bigint;
    const end = start + BigInt(Math.round(((index.counts[record] as number) * 1e9) / rateHz));
    if (start < startNs) startNs = start;
    if (end > endNs) endNs = end;
  }
  const left = index.channels.filter((_, i) => !wanted.has(i)).map(({ id }) => id);
  return {
    format: FORMAT,
    source: 'phones',
    window: { start: nsToIso(startNs), end: nsToIso(endNs) },
    facts: {
      channels: [...wanted].map((i) => index.channels[i]?.id),
      ratesHz: [...new Set([...wanted].map((i) => index.channels[i]?.rateHz))],
      records: index.recordCount,
      timingQualityPercent: index.timingQuality,
      units: 'gal',
    },
    audit: left.length > 0 ? [`left out: ${left.slice(0, 20).join(', ')}`] : [],
  };
}
