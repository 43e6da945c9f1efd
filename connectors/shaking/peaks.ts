/**
 * Peaks of strong-motion stations in: a CSV table or a ShakeMap station list (XML). Out: one row a
 * station with its peak acceleration, velocity and intensity where given.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { findColumn, needColumn } from '../picks/columns.js';
import { parseDelimited, readText, type DelimitedTable } from '../picks/delimited.js';
import { childrenOf, parseXml, type XmlElement } from '../picks/xml-tree.js';

/** One station; null where it has no such value. */
export interface StationPeaks {
  readonly id: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly pgaGal: number | null;
  readonly pgvCmS: number | null;
  readonly mmi: number | null;
  readonly vs30: number | null;
  /** Standard deviation of log10 of the peaks; 0 when the file says nothing. */
  readonly sigmaLog10: number;
}

export interface PeakList {
  readonly stations: readonly StationPeaks[];
  /** Values and rows left out, with the reason. */
  readonly remarks: readonly string[];
}

const GAL_PER_G = 980.665;
/** Larger than anything recorded (4.1 g; 3.2 m/s): units are wrong. */
const MOST = { pgaGal: 8000, pgvCmS: 1000 };
/** Columns of peak acceleration with their unit in gal. */
const PGA_UNITS: Readonly<Record<string, number>> = {
  pga_gal: 1,
  pga_cm_s2: 1,
  'pga(gal)': 1,
  'pga(cm/s2)': 1,
  'pga(cm/s^2)': 1,
  pga_g: GAL_PER_G,
  'pga(g)': GAL_PER_G,
  pga_pctg: GAL_PER_G / 100,
  pga_pct_g: GAL_PER_G / 100,
  'pga_%g': GAL_PER_G / 100,
  'pga(%g)': GAL_PER_G / 100,
  pga_m_s2: 100,
  'pga(m/s2)': 100,
  'pga(m/s^2)': 100,
};
const PGV_UNITS: Readonly<Record<string, number>> = {
  pgv_cm_s: 1,
  'pgv(cm/s)': 1,
  pgv_cms: 1,
  pgv: 1,
  pgv_m_s: 100,
  'pgv(m/s)': 100,
};

/**
 * Reads a file of peaks. CSV columns (any case): `id` or `station`, `latitude`, `longitude`, then any of
 * `pga_gal`, `pga_g`, `pga_pctg`, `pga_m_s2`, `pgv_cm_s`, `pgv_m_s`, `mmi`, `vs30`, `sigma_log10`; cells may
 * be empty. A station list gives the larger horizontal component; flagged values are left out. Throws
 * UnsupportedSourceError for missing columns or units, CorruptSourceError naming the row for bad cells.
 */
export async function readStationPeaks(input: { readonly path: string }): Promise<PeakList> {
  const text = await readText(input.path);
  const list = /^\uFEFF?\s*</.test(text)
    ? fromXml(input.path, text)
    : fromTable(parseDelimited({ path: input.path, text }));
  if (list.stations.length > 0) return list;
  throw new UnsupportedSourceError({
    source: input.path,
    reason: `no station with a peak${list.remarks[0] ? ` (${list.remarks[0]})` : ''}`,
    remedy: 'give a station a row with pga_gal, pgv_cm_s or mmi',
  });
}

function fromTable(table: DelimitedTable): PeakList {
  const id = needColumn(table, ['id', 'station', 'station_id', 'name', 'code']);
  const latitude = needColumn(table, ['latitude', 'lat']);
  const longitude = needColumn(table, ['longitude', 'lon', 'lng']);
  const pga = unitColumn(table, PGA_UNITS);
  const pgv = unitColumn(table, PGV_UNITS);
  const mmi = findColumn(table, ['mmi', 'intensity']);
  const vs30 = findColumn(table, ['vs30', 'vs30_m_s']);
  const sigma = findColumn(table, ['sigma_log10']);
  if (pga.at < 0 && pgv.at < 0 && mmi < 0) {
    const isBare = findColumn(table, ['pga']) >= 0;
    throw new UnsupportedSourceError({
      source: table.path,
      reason: isBare ? 'the column pga does not say its unit' : 'no column of peaks',
      remedy: 'name it pga_gal, pga_g, pga_pctg or pga_m_s2, and pgv_cm_s, pgv_m_s or mmi',
    });
  }
  const seen = new Map<string, number>();
  const remarks: string[] = [];
  const stations = table.rows.flatMap((cells, row): StationPeaks[] => {
    const fail = (reason: string): CorruptSourceError =>
      new CorruptSourceError({ source: table.path, at: `row ${row + 1}`, reason });
    const value = (at: number, least: number, most: number, name: string): number | null => {
      const cell = at < 0 ? '' : (cells[at] ?? '').trim();
      if (cell === '' || /^(nan|null|na|-)$/i.test(cell)) return null;
      const number = Number(cell);
      if (number >= least && number <= most) return number;
      throw fail(`${name} '${cell.slice(0, 40)}' is no number from ${least} to ${most}`);
    };
    const name = (cells[id] ?? '').trim();
    const lat = value(latitude, -90, 90, 'latitude');
    const lon = value(longitude, -180, 360, 'longitude');
    if (name === '') throw fail('it has no station name');
    if (lat === null || lon === null) throw fail(`station ${name} has no place`);
    const before = seen.get(name);
    if (before !== undefined) {
      remarks.push(`row ${row + 1}: station ${name} stands in row ${before} already`);
      return [];
    }
    seen.set(name, row + 1);
    const scaled = (column: UnitColumn, most: number, label: string): number | null => {
      const found = value(column.at, 0, most / column.factor, label);
      return found === null || found === 0 ? null : found * column.factor;
    };
    const peaks = {
      pgaGal: scaled(pga, MOST.pgaGal, 'pga'),
      pgvCmS: scaled(pgv, MOST.pgvCmS, 'pgv'),
      mmi: value(mmi, 1, 12, 'mmi'),
    };
    if (peaks.pgaGal === null && peaks.pgvCmS === null && peaks.mmi === null) {
      remarks.push(`row ${row + 1}: station ${name} has no peak`);
      return [];
    }
    return [
      {
        id: name,
        latitude: lat,
        longitude: normal(lon),
        ...peaks,
        vs30: value(vs30, 50, 3000, 'vs30'),
        sigmaLog10: value(sigma, 0, 3, 'sigma_log10') ?? 0,
      },
    ];
  });
  return { stations, remarks };
}

interface UnitColumn {
  readonly at: number;
  readonly factor: number;
}

function unitColumn(table: DelimitedTable, units: Readonly<Record<string, number>>): UnitColumn {
  for (const [name, factor] of Object.entries(units)) {
    const at = findColumn(table, [name]);
    if (at >= 0) return { at, factor };
  }
  return { at: -1, factor: 1 };
}

const normal = (longitude: number): number => (longitude > 180 ? longitude - 360 : longitude);

/** ShakeMap 3 and 4 station lists: %g and cm/s, a component's flag is empty or 0 when it is good. */
function fromXml(source: string, text: string): PeakList {
  const root = parseXml({ source, text });
  const lists = root.name === 'stationlist' ? [root] : childrenOf(root, 'stationlist');
  if (lists.length === 0) {
    throw new UnsupportedSourceError({
      source,
      reason: `its root <${root.name}> has no stationlist`,
      remedy: 'give a ShakeMap station list or a CSV table',
    });
  }
  const remarks: string[] = [];
  const stations = lists
    .flatMap((list) => childrenOf(list, 'station'))
    .flatMap((station): StationPeaks[] => {
      const { code = '', lat, lon, netid } = station.attributes;
      if (netid === 'DYFI' || netid === 'CIIM') return [];
      const [latitude, longitude] = [Number(lat), Number(lon)];
      if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 360)) {
        throw new CorruptSourceError({ source, at: `station ${code}`, reason: 'no place' });
      }
      const pgaGal = horizontal(station, ['pga', 'acc'], GAL_PER_G / 100, MOST.pgaGal);
      const pgvCmS = horizontal(station, ['pgv', 'vel'], 1, MOST.pgvCmS);
      if (pgaGal === null && pgvCmS === null) {
        remarks.push(`station ${code}: no horizontal component without a flag`);
        return [];
      }
      const place = { latitude, longitude: normal(longitude) };
      return [{ id: code, ...place, pgaGal, pgvCmS, mmi: null, vs30: null, sigmaLog10: 0 }];
    });
  return { stations, remarks };
}

function horizontal(
  station: XmlElement,
  names: readonly string[],
  factor: number,
  most: number,
): number | null {
  const values = childrenOf(station, 'comp')
    .filter((component) => !/Z$/i.test(component.attributes['name'] ?? ''))
    .flatMap((component) => names.flatMap((name) => childrenOf(component, name)))
    .filter(({ attributes }) => ['', '0'].includes(attributes['flag'] ?? ''))
    .map(({ attributes }) => Number(attributes['value']) * factor)
    .filter((value) => value > 0 && value <= most);
  return values.length === 0 ? null : Math.max(...values);
}
