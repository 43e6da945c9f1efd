/** `quakeloom samples list|get`: the sample data sets. @module */
import type { Command } from 'commander';
import { loadConfig } from '../../config.js';
import { megabytes } from '../../samples/download.js';
import { getSample, listSamples } from '../../samples/list-samples.js';
import { print, table, type Output } from '../output.js';

export function addSampleCommands(program: Command, output: Output): void {
  const samples = program.command('samples').description('sample data sets of real earthquakes');

  samples
    .command('list')
    .description('list the sets, where each would come from, its licence and citation')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const listed = await listSamples({ dataDir: loadConfig().dataDir });
      const rows = listed.map(({ name, origin, bytes, title, licence }) => [
        name,
        origin,
        megabytes(bytes),
        title,
        licence,
      ]);
      print(
        output,
        options.json,
        listed,
        table('sample data sets', ['name', 'from', 'size', 'what', 'licence'], rows),
      );
    });

  samples
    .command('get')
    .description('bring a set to this machine and print its path')
    .argument('<name>', 'name of the set')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const path = await getSample({
        name,
        dataDir: loadConfig().dataDir,
        onProgress: oncePerSecond((note) => output.error(note)),
      });
      print(output, options.json, { name, path }, `${path}\n`);
    });
}

/** Notes come with every block of bytes; a person needs one a second. */
function oncePerSecond(show: (note: string) => void): (note: string) => void {
  let last = -Infinity;
  return (note) => {
    const now = performance.now();
    if (now - last < 1000) return;
    last = now;
    show(note);
  };
}
