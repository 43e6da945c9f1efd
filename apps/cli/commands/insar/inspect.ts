/** `quakeloom insar inspect`: what a file of a deformation product is, holds and lacks. @module */
import type { Command } from 'commander';
import { inspectInsarFile } from '../../../../connectors/insar/inspect/inspect.js';
import type { InsarInspection } from '../../../../connectors/insar/inspect/report.js';
import { print, type Output } from '../../output.js';
import { addRemoteOptions, remotePolicy, type RemoteOptions } from './remote-options.js';

export function addInspectCommand(insar: Command, output: Output): void {
  addRemoteOptions(insar.command('inspect'))
    .description('product, shape, CRS, transform, type, nodata, statistics, sign and look vector')
    .argument(
      '<file>',
      'GeoTIFF (also an address), netCDF or HDF5 product, raw grid with header, quadtree table',
    )
    .option('--json', 'print JSON')
    .action(async (file: string, options: RemoteOptions & { json?: boolean }) => {
      const found = await inspectInsarFile(file, remotePolicy(options));
      print(output, options.json, found, summaryOf(found));
    });
}

const SIGNS = { away: 'away from', towards: 'towards' } as const;

function summaryOf(found: InsarInspection): string {
  const rows: readonly (readonly [string, unknown])[] = [
    ['product', found.product ?? 'unknown'],
    ['quantity', `${found.quantity ?? 'unknown'}${found.unit ? ` (${found.unit})` : ''}`],
    ['shape', `${found.shape.join(' x ')}, ${found.bands} band(s) of ${found.dtype}`],
    ['CRS', found.crs ?? 'none'],
    ['transform', found.transform?.join(', ') ?? 'none'],
    ['nodata', found.nodata ?? 'none'],
    ['pixels', `${found.validCount} valid, ${found.nanCount} NaN`],
    ['range', `${found.min} to ${found.max}, mean ${found.mean}`],
    ['sign', found.sign ? `+ ${SIGNS[found.sign]} the satellite` : 'unknown'],
    ['look vector', found.lookVector?.map((v) => v.toFixed(6)).join(', ') ?? 'unknown'],
    ['dates', [found.firstDate, found.secondDate].filter(Boolean).join(' to ') || 'unknown'],
    ['wavelength', found.wavelengthM === null ? 'unknown' : `${found.wavelengthM} m`],
    ...found.missing.map((text) => ['missing', text] as const),
    ...found.notes.map((text) => ['note', text] as const),
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${String(value)}\n`).join('');
}
