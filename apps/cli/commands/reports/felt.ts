/** `quakeloom reports cdi` and `quakeloom reports locate`: what people felt. @module */
import type { Command } from 'commander';
import { readQuestionnaires } from '../../../../connectors/reports/questionnaires.js';
import { readSource } from '../../../../connectors/registry.js';
import { openSourceFile } from '../../../../connectors/source-file.js';
import type { ReportCell } from '../../../../core/evidence.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { reportItems } from '../../../../core/tables/report-table.js';
import { aggregateBoxes, type FeltResponse } from '../../../../models/reports/felt/boxes.js';
import {
  communityIntensity,
  communityWeightedSum,
  intensityOfSum,
} from '../../../../models/reports/felt/cdi.js';
import { locateFelt, type FeltLocation } from '../../../../models/reports/felt/locate.js';
import { parseCount } from '../../arguments.js';
import { print, table, type Output } from '../../output.js';

export function addFeltCommands(reports: Command, output: Output): void {
  reports
    .command('cdi')
    .description('community intensities of questionnaires: all together and in 1 and 10 km boxes')
    .argument('<file>', 'answers with the columns of USGS DYFI: CSV, or JSON lines')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const read = await readQuestionnaires({ path: file });
      const { questionnaires, rejected, rejectedCount } = read;
      for (const one of rejected.slice(0, 5)) output.error(`${file} ${one.at}: ${one.reason}.`);
      const people = questionnaires.map(({ place: _, ...answers }) => answers);
      const placed = questionnaires.flatMap(({ place, ...answers }): FeltResponse[] =>
        place === null ? [] : [{ answers, ...place }],
      );
      const km1 = aggregateBoxes({ responses: placed, sizeM: 1000 });
      const km10 = aggregateBoxes({ responses: placed, sizeM: 10_000 });
      const cws = people.length === 0 ? null : communityWeightedSum(people);
      const result = {
        responses: people.length,
        rejected: rejectedCount,
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
    .option('--seed <n>', 'seed of the sampler', parseCount(0, 2 ** 31), 1)
    .option('--json', 'print JSON')
    .action(async (options: { dyfi: string; seed: number; json?: boolean }) => {
      const cells = await feltCells(options.dyfi);
      const location = locateFelt({ cells, seed: options.seed });
      print(output, options.json, location, locationText(location));
    });
}

/** Felt cells of a file by whichever reader fits. Throws InvalidInputError when it has none. */
export async function feltCells(path: string): Promise<ReportCell[]> {
  const file = await openSourceFile({ path });
  const items = reportItems(await readSource({ file, window: null, options: {} }));
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
  if (cells.length > 0) return cells;
  throw new InvalidInputError({
    what: path,
    reason: 'the file holds no felt cells',
    remedy: 'give a DYFI product: dyfi_geo_10km.geojson, dyfi_dat.xml or cdi_geo.txt',
  });
}

function locationText(location: FeltLocation): string {
  const { latitude, longitude, regionKm90, magnitude, cellsUsed } = location;
  return (
    `epicentre ${latitude.toFixed(3)}, ${longitude.toFixed(3)}; 90 % within ${regionKm90.toFixed(1)} km\n` +
    `magnitude ${magnitude.mean.toFixed(1)} (${magnitude.p05.toFixed(1)} to ${magnitude.p95.toFixed(1)})\n` +
    `${cellsUsed} cells after merging\n`
  );
}
