/** `quakeloom reports cdi` and `quakeloom reports locate`: what people felt. @module */
import type { Command } from 'commander';
import { readQuestionnaires } from '../../../../connectors/reports/questionnaires.js';
import { readSource } from '../../../../connectors/registry.js';
import { openSourceFile } from '../../../../connectors/source-file.js';
import type { ReportCell } from '../../../../core/evidence.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { rejectedCountOf, rejectedOf, type Rejected } from '../../../../core/tables/rejected.js';
import { reportItems } from '../../../../core/tables/report-table.js';
import { aggregateBoxes, type FeltResponse } from '../../../../models/reports/felt/boxes.js';
import {
  communityIntensity,
  communityWeightedSum,
  intensityOfSum,
} from '../../../../models/reports/felt/cdi.js';
import { locateFelt, type FeltLocation } from '../../../../models/reports/felt/locate.js';
import {
  learnRegionalBias,
  withRegionalBias,
  type PastEvent,
} from '../../../../models/reports/felt/regional-bias.js';
import { DEFAULT_PARAMETERS } from '../../../../models/detection/parameters.js';
import { mapCells, writeIntensityMap } from './intensity-map.js';
import { parseCount } from '../../arguments.js';
import { print, table, type Output } from '../../output.js';

interface LocateOptions {
  readonly dyfi: string;
  readonly past: string[];
  readonly map?: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function addFeltCommands(reports: Command, output: Output): void {
  reports
    .command('cdi')
    .description('community intensities of questionnaires: all together and in 1 and 10 km boxes')
    .argument('<file>', 'answers with the columns of USGS DYFI: CSV, or JSON lines')
    .option(
      '--map <out>',
      'also write a map of the 1 km boxes (10 km where there are none): .geojson or .png',
    )
    .option('--json', 'print JSON')
    .action(async (file: string, options: { map?: string; json?: boolean }) => {
      const read = await readQuestionnaires({ path: file });
      const { questionnaires, rejected, rejectedCount, reasons } = read;
      for (const one of rejected.slice(0, 5)) output.error(`${file} ${one.at}: ${one.reason}.`);
      const people = questionnaires.map(({ place: _, ...answers }) => answers);
      const placed = questionnaires.flatMap(({ place, ...answers }): FeltResponse[] =>
        place === null ? [] : [{ answers, ...place }],
      );
      const km1 = aggregateBoxes({ responses: placed, sizeM: 1000 });
      const km10 = aggregateBoxes({ responses: placed, sizeM: 10_000 });
      if (options.map !== undefined) {
        await writeIntensityMap(options.map, km1.boxes.length > 0 ? km1.boxes : km10.boxes);
      }
      const cws = people.length === 0 ? null : communityWeightedSum(people);
      const result = {
        responses: people.length,
        rejected: rejectedCount,
        reasons,
        cws,
        cdi: people.length === 0 ? null : communityIntensity(people),
        cdiUnrounded: cws === null ? null : intensityOfSum(cws),
        withoutPlace: people.length - placed.length,
        boxes1km: km1.boxes,
        boxes10km: km10.boxes,
        tooCoarse: { km1: km1.unplaced, km10: km10.unplaced },
      };
      const rows = km10.boxes.map((box) => [
        box.name,
        box.intensity.toFixed(1),
        box.intensitySigma.toFixed(2),
        String(box.responses),
      ]);
      const head = `${result.responses} responses (${rejectedCount} refused), CDI ${result.cdi?.toFixed(1) ?? 'none'}\n`;
      const text = head + table('boxes', ['box of 10 km', 'CDI', 'sigma', 'responses'], rows);
      print(output, options.json, result, text);
    });

  reports
    .command('locate')
    .description('epicentre and magnitude by felt reports alone')
    .requiredOption('--dyfi <file>', 'felt cells: dyfi_geo_*.geojson, dyfi_dat.xml, cdi_geo.txt')
    .option(
      '--past <event>',
      'LAT,LON,DEPTHKM,MAGNITUDE,FILE: learn the bias of the region from this event; can be repeated',
      (one: string, before: readonly string[]) => [...before, one],
      [],
    )
    .option('--map <out>', 'also write a map of the cells: .geojson or .png')
    .option('--seed <n>', 'seed of the sampler', parseCount(0, 2 ** 31), 1)
    .option('--json', 'print JSON')
    .action(async (options: LocateOptions) => {
      const { cells, refused } = await feltFile(options.dyfi);
      for (const one of refused.first.slice(0, 5)) {
        output.error(`${options.dyfi} ${one.at}: ${one.reason}.`);
      }
      if (options.map !== undefined) await writeIntensityMap(options.map, mapCells(cells));
      const past = await Promise.all(options.past.map(pastEvent));
      const bias = past.length === 0 ? null : learnRegionalBias({ past });
      const location = locateFelt({
        cells,
        seed: options.seed,
        ...(bias ? { parameters: withRegionalBias(DEFAULT_PARAMETERS, bias) } : {}),
      });
      const result = {
        ...location,
        cells: {
          read: cells.length,
          notFelt: cells.filter(({ intensity }) => intensity !== null && intensity <= 1).length,
          refused,
        },
        ...(bias ? { regionalBias: bias } : {}),
      };
      const text = locationText(location, refused.count);
      print(output, options.json, result, text);
    });
}

/** Felt cells of a file, and what of it was refused. */
export interface FeltFile {
  readonly cells: readonly ReportCell[];
  /** All refused cells, and place and reason of the first 100. */
  readonly refused: { readonly count: number; readonly first: readonly Rejected[] };
}

/** Felt cells of a file by whichever reader fits. Throws InvalidInputError when it has none. */
export async function feltCells(path: string): Promise<readonly ReportCell[]> {
  return (await feltFile(path)).cells;
}

async function feltFile(path: string): Promise<FeltFile> {
  const file = await openSourceFile({ path });
  const read = await readSource({ file, window: null, options: {} });
  const items = reportItems(read);
  const refused = { count: rejectedCountOf(read), first: rejectedOf(read) };
  const cells = items.flatMap((item): ReportCell[] =>
    item.kind !== 'felt-cell' || item.latitude === null || item.longitude === null
      ? []
      : [
          {
            cellId: `felt:${item.sourceId}`,
            latitude: item.latitude,
            longitude: item.longitude,
            radiusKm: item.radiusKm ?? 0,
            intensity: item.intensity,
            felt: item.felt,
            notFelt: item.notFelt,
          },
        ],
  );
  if (cells.length > 0) return { cells, refused };
  const [first] = refused.first;
  throw new InvalidInputError({
    what: path,
    reason:
      'the file holds no felt cells' +
      (first ? `: ${refused.count} refused, the first at ${first.at}: ${first.reason}` : ''),
    remedy: 'give a DYFI product: dyfi_geo_10km.geojson, dyfi_dat.xml or cdi_geo.txt',
  });
}

/** `38.2,-122.3,11,6.0,FILE`. Throws InvalidInputError. */
async function pastEvent(text: string): Promise<PastEvent> {
  const match = /^([^,]+),([^,]+),([^,]+),([^,]+),(.+)$/.exec(text);
  const [latitude, longitude, depthKm, magnitude] = (match ?? []).slice(1, 5).map(Number);
  const file = match?.[5];
  if (
    file === undefined ||
    !(Math.abs(Number(latitude)) <= 90) ||
    !(Math.abs(Number(longitude)) <= 360) ||
    !(Number(depthKm) >= 0 && Number(depthKm) <= 800) ||
    !(Number(magnitude) >= 0 && Number(magnitude) <= 10)
  ) {
    throw new InvalidInputError({
      what: `past event ${text}`,
      reason: 'not LAT,LON,DEPTHKM,MAGNITUDE,FILE',
      remedy: 'write it like 38.2152,-122.3123,11.1,6.0,dyfi_geo_10km.geojson',
    });
  }
  return {
    event: {
      latitude: Number(latitude),
      longitude: Number(longitude),
      depthKm: Number(depthKm),
      magnitude: Number(magnitude),
      timeS: 0,
    },
    cells: await feltCells(file),
  };
}

function locationText(location: FeltLocation, refused: number): string {
  const { latitude, longitude, regionKm90, magnitude, cellsUsed } = location;
  return (
    `epicentre ${latitude.toFixed(3)}, ${longitude.toFixed(3)}; 90 % within ${regionKm90.toFixed(1)} km\n` +
    `magnitude ${magnitude.mean.toFixed(1)} (${magnitude.p05.toFixed(1)} to ${magnitude.p95.toFixed(1)})\n` +
    `${cellsUsed} cells after merging${refused === 0 ? '' : `, ${refused} refused`}\n`
  );
}
