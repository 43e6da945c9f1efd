/**
 * ShakeMap station lists of felt reports (`dyfi_dat.xml`, versions 3 and 4) in, report table of felt
 * cells out. Instruments in the same file are left to other readers.
 * @module
 */
import { z } from 'zod';
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import {
  collectedTable,
  collector,
  feltCellScan,
  latitude,
  longitude,
  zodReason,
  type Collected,
} from './collect.js';
import { readWholeText } from '../source-file.js';

const FORMAT = 'reports/shakemap-stationlist';
const MAX_BYTES = 64 * 1024 * 1024;
/** Stations of people and not of instruments, in ShakeMap's lists. */
const FELT_NETWORKS: ReadonlySet<string> = new Set(['DYFI', 'CIIM']);
/**
 * Half diagonal assumed for a postal code, km: a circle of the median area of the codes of the Los
 * Angeles basin, about 30 square kilometres, since the lists give only centres.
 */
const POSTAL_RADIUS_KM = 3;

/** Older lists tell no number of responses; ShakeMap puts no box with fewer than this in a list. */
const LEAST_RESPONSES = 3;

const STATION = z.object({
  code: z.string().min(1),
  lat: z.coerce.number().pipe(latitude),
  lon: z.coerce.number().pipe(longitude),
  intensity: z.coerce.number().min(0).max(12),
  responses: z.coerce.number().int().min(1),
});

/** Felt reports by postal code or by cell of 1 or 10 km. The product has no times. */
export const shakemapStationlistConnector: Connector = {
  format: FORMAT,
  source: 'reports',
  title: 'USGS Did You Feel It?, ShakeMap station list (XML)',
  probe: (file) => {
    const head = Buffer.from(file.head).toString('latin1');
    const isList = /^\uFEFF?\s*</.test(head) && /<stationlist\b/.test(head);
    return Promise.resolve(isList && /netid\s*=\s*"(DYFI|CIIM)"/.test(head) ? 0.9 : 0);
  },
  scan: async (file) => stationScan(await collectStations(file)),
  read: async ({ file }) => {
    const collected = await collectStations(file);
    return collectedTable({ collected, scan: stationScan(collected), window: null });
  },
};

async function collectStations(file: SourceFile): Promise<Collected> {
  const text = await readList(file);
  const collected = collector();
  const seen = new Set<string>();
  let number = 0;
  // The lists are flat: one tag a station with everything in its attributes. Nothing is expanded,
  // so that a document type definition inside the file cannot do anything.
  for (const [, tag] of text.matchAll(/<station\s([^<>]*)>/g)) {
    const at = `station[${number++}]`;
    const attributes = attributesOf(tag as string);
    if (!FELT_NETWORKS.has(attributes['netid'] ?? '')) {
      collected.reject({
        at,
        reason: `network ${attributes['netid'] ?? '(none)'} is no felt report`,
      });
      continue;
    }
    const parsed = STATION.safeParse({
      ...attributes,
      responses:
        attributes['nresp'] ??
        /(\d+) responses?\)/.exec(attributes['name'] ?? '')?.[1] ??
        LEAST_RESPONSES,
    });
    if (!parsed.success) {
      collected.reject({ at, reason: zodReason(parsed.error) });
      continue;
    }
    const { code, lat, lon, intensity, responses } = parsed.data;
    if (seen.has(code)) {
      collected.reject({ at, reason: `place ${code} stands in the file twice` });
      continue;
    }
    seen.add(code);
    // Intensity 1 means "not felt" (Wald et al. 2011).
    const isFelt = intensity > 1;
    collected.take({
      kind: 'felt-cell',
      sourceId: code,
      timeNs: null,
      latitude: lat,
      longitude: lon,
      radiusKm: radiusOf(code),
      intensity,
      felt: isFelt ? responses : 0,
      notFelt: isFelt ? 0 : responses,
    });
  }
  return collected.result();
}

async function readList(file: SourceFile): Promise<string> {
  const text = await readWholeText({
    file,
    maxBytes: MAX_BYTES,
    encoding: 'utf8',
    content: 'XML',
    remedy: 'split the list by region',
  });
  if (!/<stationlist\b/.test(text)) {
    throw new CorruptSourceError({ source: file.path, at: 'root', reason: 'no stationlist' });
  }
  if (!/<\/stationlist\s*>/.test(text)) {
    throw new CorruptSourceError({
      source: file.path,
      at: `character ${text.length}`,
      reason: 'the list has no end: the file is cut off',
    });
  }
  return text;
}

function attributesOf(tag: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(tag.matchAll(/([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g), (match) => [
      match[1] as string,
      (match[2] ?? match[3] ?? '').replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) =>
        name === 'amp'
          ? '&'
          : name === 'lt'
            ? '<'
            : name === 'gt'
              ? '>'
              : name === 'quot'
                ? '"'
                : "'",
      ),
    ]),
  );
}

/** `DYFI.UTM:(10S 0497 4295 1000)` names its cell size in metres; anything else is a postal code. */
function radiusOf(code: string): number {
  const sizeM = Number(/UTM:\([^)]*\s(\d+)\)/.exec(code)?.[1] ?? Number.NaN);
  return Number.isFinite(sizeM) ? (sizeM / 1000) * Math.SQRT1_2 : POSTAL_RADIUS_KM;
}

function stationScan(collected: Collected): Scan {
  const isPostal = collected.items.some((item) => item.radiusKm === POSTAL_RADIUS_KM);
  return feltCellScan({
    format: FORMAT,
    collected,
    name: 'stations',
    remarks: [
      'the product has no times: it belongs to the event it was made for',
      ...(isPostal
        ? [`places are postal codes: taken as ${POSTAL_RADIUS_KM} km around their centres`]
        : []),
    ],
  });
}
