/**
 * Zarr stores (versions 2 and 3) in a folder, laid out as xarray writes a DataArray: a
 * two-dimensional array with named axes, a CF time coordinate, and a coordinate of distance.
 * @module
 */
import path from 'node:path';
import { CorruptSourceError, isQuakeError, UnsupportedSourceError } from '../../../core/errors.js';
import { assumption, note, type AuditEntry } from '../audit.js';
import { findRuns } from '../clock.js';
import type { DasFormat } from '../das-format.js';
import { channelGeometry } from '../geometry/geometry-options.js';
import type { DasOptions } from '../options.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { readZarrBlock } from './zarr-blocks.js';
import { readZarrGroup, type ZarrArray, type ZarrGroup } from './zarr-group.js';
import { zarrFolder } from './zarr-store.js';
import { coordinateValues, readZarrTime } from './zarr-time.js';

const FORMAT = 'das/zarr';
/** Channels whose distances are held in memory. */
const MAX_CHANNELS = 2 ** 22;

/** Reads the data array of a store; see DasOptions for the options. */
export const zarrFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, Zarr versions 2 and 3 (folder)',
  probe: ({ head }) => {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8');
    return Promise.resolve(
      /^\s*\{[^]*"(zarr_format|zarr_consolidated_format)"/.test(text) ? 0.9 : 0,
    );
  },
  withRecording: async ({ file, options }, use) => {
    // A store is named by its folder or by the metadata file in it.
    const isMember = /^(zarr\.json|\.z(array|group|metadata|attrs))$/.test(
      path.basename(file.path),
    );
    const folder = isMember ? path.dirname(file.path) : file.path;
    const recording = await zarrRecording(folder, options).catch((cause: unknown) => {
      if (isQuakeError(cause)) throw cause;
      // Metadata are JSON of any shape, and the library does not check it.
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CorruptSourceError({ source: folder, at: 'metadata', reason, cause });
    });
    return use(recording);
  },
};

async function zarrRecording(source: string, options: DasOptions): Promise<DasRecording> {
  const group = await readZarrGroup(zarrFolder(source));
  const { data, timeAxis, time, audit } = chooseData(source, group);
  const shape = data.shape as readonly [number, number];
  const timeCount = shape[timeAxis];
  const channelCount = shape[1 - timeAxis] as number;
  const clock = findRuns({
    source,
    at: time.path,
    stamps: await readZarrTime(source, time),
    attributeRateHz: null,
  });
  const distances = await distancesOf(source, group, { data, axis: timeAxis === 0 ? 1 : 0 });
  const geometry = await channelGeometry({
    options,
    channelIds: distances === null ? Array.from({ length: channelCount }, (_, i) => String(i)) : [],
    fileDistancesM: null,
    fileWords: 'distance',
  });
  const attributes = { ...group.attributes, ...data.attributes };
  const unit = text(attributes, 'units') ?? text(attributes, 'data_units');
  const gaugeLengthM =
    options.gaugeLengthM ??
    number(attributes, 'gauge_length') ??
    number(attributes, 'gauge_length_m');
  const rateHz = clock.runs[0]?.rateHz as number;
  const conversion = storedConversion({
    options,
    unit,
    type: data.type,
    rateHz,
    gaugeLengthM,
    refractiveIndex: number(attributes, 'refractive_index'),
  });
  return {
    format: FORMAT,
    version: String(data.version),
    layout: {
      timeCount,
      channelCount,
      timeAxis,
      type: data.type,
      chunks: [data.chunks[0] as number, data.chunks[1] as number],
    },
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: number(attributes, 'first_channel') ?? 0,
    ...(distances ?? geometry.place),
    facts: { dataset: data.path },
    audit: [
      ...audit,
      ...packing(data),
      ...clock.audit,
      ...(distances === null ? geometry.audit : []),
      ...conversion.audit,
    ],
    readBlock: ({ time: t, channel }) =>
      readZarrBlock(
        source,
        data,
        timeAxis === 0 ? { rows: t, columns: channel } : { rows: channel, columns: t },
      ),
  };
}

/** The largest array with two axes of which one has a coordinate of time. */
function chooseData(
  source: string,
  group: ZarrGroup,
): { data: ZarrArray; timeAxis: 0 | 1; time: ZarrArray; audit: AuditEntry[] } {
  const coordinate = (name: string | undefined): ZarrArray | undefined =>
    group.arrays.find((array) => array.path === `/${name}` && array.shape.length === 1);
  const isTime = (name: string | undefined): boolean => {
    const units = coordinate(name)?.attributes['units'];
    return typeof units === 'string' && / since /.test(units);
  };
  const matrices = group.arrays.filter(({ shape }) => shape.length === 2);
  const found = matrices
    .filter(({ dims }) => dims !== null && dims.some((name) => isTime(name)))
    .sort((a, b) => size(b) - size(a));
  const data = found[0];
  if (data === undefined) {
    const has = group.arrays.map((array) => `${array.path} [${array.shape.join(', ')}]`).join(', ');
    throw new UnsupportedSourceError({
      source,
      reason: `no two-dimensional array with a coordinate '<unit> since <date>' among ${has.slice(0, 300) || 'no arrays'}`,
      remedy: 'write the recording with xarray: named axes and a time coordinate',
    });
  }
  const timeAxis = isTime(data.dims?.[0]) ? 0 : 1;
  const time = coordinate(data.dims?.[timeAxis]) as ZarrArray;
  if (size(data) === 0 || time.shape[0] !== data.shape[timeAxis]) {
    const reason = `shape [${data.shape.join(', ')}], ${time.path} has ${time.shape[0]} stamps`;
    throw new CorruptSourceError({ source, at: data.path, reason });
  }
  const others = found.slice(1).map(({ path: name }) => name);
  const audit =
    others.length === 0
      ? []
      : [
          note(
            'selection',
            { arrays: [data.path, ...others].join(', ') },
            data.path,
            'the largest one',
          ),
        ];
  return { data, timeAxis, time, audit };
}

function size({ shape }: ZarrArray): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** The coordinate of the other axis, where it is one of metres; null: there is none. */
async function distancesOf(
  source: string,
  group: ZarrGroup,
  input: { data: ZarrArray; axis: 0 | 1 },
): Promise<Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'distancesM'> | null> {
  const name = input.data.dims?.[input.axis];
  const array = group.arrays.find(({ path: at, shape }) => at === `/${name}` && shape.length === 1);
  const count = input.data.shape[input.axis] as number;
  if (array === undefined || !/dist|position|^x$|space|offset/i.test(name ?? '')) return null;
  if (array.shape[0] !== count || count > MAX_CHANNELS) {
    const reason = `${array.shape[0]} distances of ${count} channels`;
    throw new CorruptSourceError({ source, at: array.path, reason });
  }
  const distancesM = Float64Array.from(await coordinateValues(array, count), Number);
  const bad = distancesM.findIndex((distance) => !Number.isFinite(distance));
  if (bad >= 0) {
    throw new CorruptSourceError({ source, at: `${array.path}[${bad}]`, reason: 'not a distance' });
  }
  const first = distancesM[0] as number;
  const spacingM =
    count < 2 ? Number.NaN : ((distancesM[count - 1] as number) - first) / (count - 1);
  const isEqual = distancesM.every(
    (distance, i) => Math.abs(distance - first - (count < 2 ? 0 : i * spacingM)) < 1e-3,
  );
  return { firstDistanceM: first, spacingM, distancesM: isEqual && count > 1 ? null : distancesM };
}

function packing(data: ZarrArray): AuditEntry[] {
  const found = {
    scale_factor: number(data.attributes, 'scale_factor'),
    add_offset: number(data.attributes, 'add_offset'),
  };
  if (found.scale_factor === null && found.add_offset === null) return [];
  const why = "values are stored packed and left so: the option 'scale' can apply the factor";
  return [assumption('units', found, null, why)];
}

function text(attributes: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = attributes[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function number(attributes: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = attributes[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
