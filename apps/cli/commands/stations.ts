/** `quakeloom stations listen`: a SeedLink server to files of a feed. @module */
import type { Command } from 'commander';
import { InvalidInputError } from '../../../core/errors.js';
import type {
  SeedlinkServer,
  SeedlinkStation,
} from '../../../connectors/stations/seedlink/stream.js';
import { listenToStations } from '../../stations/listen.js';
import { parseCount } from '../arguments.js';
import type { Output } from '../output.js';

interface ListenOptions {
  readonly select: readonly string[];
  readonly out: string;
  readonly every: number;
  readonly for?: number;
}

export function addStationCommands(program: Command, output: Output): void {
  const stations = program.command('stations').description('seismic stations');
  stations
    .command('listen')
    .description('write what a SeedLink server sends as MiniSEED files of a folder')
    .argument('<server>', 'host or host:port, 18000 by default')
    .requiredOption('--select <station...>', 'NET.STA or NET.STA:PATTERN, as CI.CCC:HN?')
    .requiredOption('--out <folder>', 'folder of the files, a source of kind phones')
    .option('--every <seconds>', 'write files this often', parseCount(1, 3600), 30)
    .option('--for <seconds>', 'end after this long', parseCount(1, 1e9))
    .action(async (address: string, options: ListenOptions) => {
      const stop = new AbortController();
      const end = (): void => stop.abort();
      process.once('SIGINT', end);
      process.once('SIGTERM', end);
      const timer = options.for === undefined ? null : setTimeout(end, options.for * 1000);
      try {
        const result = await listenToStations({
          server: serverOf(address),
          stations: stationsOf(options.select),
          folder: options.out,
          everyS: options.every,
          signal: stop.signal,
          onNote: (note) => output.error(note),
        });
        output.write(`${JSON.stringify(result)}\n`);
      } finally {
        if (timer !== null) clearTimeout(timer);
        process.removeListener('SIGINT', end);
        process.removeListener('SIGTERM', end);
      }
    });
}

function serverOf(address: string): SeedlinkServer {
  const found = /^(?:(?:seedlink|slink):\/\/)?([^\s:/]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?\/?$/i.exec(
    address,
  );
  const port = Number(found?.[2] ?? 18000);
  if (!found || port < 1 || port > 65_535) {
    throw new InvalidInputError({
      what: 'server',
      reason: `'${address}' is not host or host:port`,
      remedy: 'give it as rtserve.iris.washington.edu:18000',
    });
  }
  return { host: (found[1] as string).replace(/^\[|\]$/g, ''), port };
}

/** Patterns of one station named several times belong together. */
function stationsOf(selects: readonly string[]): Omit<SeedlinkStation, 'after'>[] {
  const byName = new Map<string, { network: string; station: string; selectors: string[] }>();
  for (const select of selects) {
    const found = /^([A-Z0-9]{1,2})\.([A-Z0-9]{1,5})(?::([A-Z0-9?-]{1,5}(?:\.[A-Z])?))?$/.exec(
      select,
    );
    if (!found) {
      throw new InvalidInputError({
        what: '--select',
        reason: `'${select}' is not NET.STA or NET.STA:PATTERN`,
        remedy: 'give it as CI.CCC:HN? or, with the location, CI.CCC:00HN?',
      });
    }
    const [, network = '', station = '', pattern] = found;
    const own = byName.get(`${network}.${station}`) ?? { network, station, selectors: [] };
    if (pattern !== undefined) own.selectors.push(pattern);
    byName.set(`${network}.${station}`, own);
  }
  return [...byName.values()];
}
