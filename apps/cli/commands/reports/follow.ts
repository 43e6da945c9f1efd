/** `quakeloom reports follow`: felt-report products of USGS and EMSC, through their revisions. @module */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { createCatalogue } from '../../../../catalogue/store.js';
import {
  dyfiService,
  emscService,
  type FeltService,
} from '../../../../connectors/reports/feeds/felt-products.js';
import { InvalidInputError, describeError } from '../../../../core/errors.js';
import { openObjectStore } from '../../../../objectstore/open-store.js';
import { findAddresses } from '../../../addresses.js';
import { loadConfig } from '../../../config.js';
import { followOnce, type SegmentSink } from '../../../reports/follow-felt.js';
import { parseCount, parseDuration } from '../../arguments.js';
import type { Output } from '../../output.js';

const USGS = 'dyfi=https://earthquake.usgs.gov/fdsnws/event/1/query';
const MAX_BYTES = 128 * 1024 * 1024;
const collect = (one: string, before: readonly string[]): string[] => [...before, one];

interface FollowOptions {
  readonly service: string[];
  readonly allowHost: string[];
  readonly folder: string;
  readonly region?: string;
  readonly every: number;
  readonly back: number;
  readonly rounds?: number;
}

export function addFollowCommand(reports: Command, output: Output): void {
  reports
    .command('follow')
    .description('follow felt-report products; each new version is a JSON line on stdout')
    .option('--service <kind=url>', `dyfi=URL or emsc=URL (default ${USGS})`, collect, [])
    .option('--allow-host <host>', 'another host that products may come from', collect, [])
    .option('--folder <dir>', 'versions and what was taken so far', 'felt-products')
    .option('--region <id>', 'also put the cells into the index of this region, for fusing')
    .option('--every <duration>', 'ask so often', parseDuration, 60)
    .option('--back <duration>', 'look back so far the first time', parseDuration, 86_400)
    .option('--rounds <n>', 'stop after so many rounds', parseCount(1, 1_000_000))
    .action(async (options: FollowOptions) => {
      const texts = options.service.length === 0 ? [USGS] : options.service;
      const services = texts.map((text) => serviceOf(text, options.allowHost));
      const sink = await openSink(options.region);
      const stop = new AbortController();
      const onSignal = (): void => stop.abort();
      process.once('SIGINT', onSignal);
      process.once('SIGTERM', onSignal);
      try {
        for (let round = 1; !stop.signal.aborted; round++) {
          for (const service of services) {
            await followOnce({
              service,
              folder: options.folder,
              firstSinceMs: Date.now() - options.back * 1000,
              nowMs: Date.now,
              sink,
              take: (version) => output.write(`${JSON.stringify(version)}\n`),
              onProblem: (text) => output.error(`${text}.`),
            }).catch((error: unknown) => {
              // A service that is down is asked again. One that may not be asked is a wrong option
              // in the first round; later it is a service that sends elsewhere for a while.
              if (!(error instanceof Error)) throw error;
              if (error instanceof InvalidInputError && round === 1) throw error;
              output.error(`${service.name}: ${describeError(error)}`);
            });
          }
          if (round === options.rounds) break;
          await pause(options.every * 1000, undefined, { signal: stop.signal }).catch(() => null);
        }
      } finally {
        process.removeListener('SIGINT', onSignal);
        process.removeListener('SIGTERM', onSignal);
        await sink?.close();
      }
    });
}

function serviceOf(text: string, allowed: readonly string[]): FeltService {
  const match = /^(dyfi|emsc)=(https?:\/\/\S+)$/.exec(text);
  if (!match || !URL.canParse(match[2] as string)) {
    throw new InvalidInputError({
      what: `service ${text}`,
      reason: 'not of the form kind=url',
      remedy: 'write dyfi=https://… or emsc=https://…',
    });
  }
  const url = match[2] as string;
  const fetch = { allowedHosts: [new URL(url).host, ...allowed], maxBytes: MAX_BYTES };
  return match[1] === 'dyfi' ? dyfiService({ url, fetch }) : emscService({ url, fetch });
}

/** Index and store for the segments of a region; null without one. Throws InvalidInputError. */
export async function openSink(
  regionId: string | undefined,
): Promise<(SegmentSink & { readonly close: () => Promise<void> }) | null> {
  if (regionId === undefined) return null;
  const config = loadConfig();
  const { databaseUrl } = findAddresses(config);
  const catalogue = await createCatalogue({ databaseUrl, migrate: false });
  const region = await catalogue.getRegion(regionId);
  if (region === null) {
    await catalogue.close();
    throw new InvalidInputError({
      what: `region ${regionId}`,
      reason: 'it is not in the catalogue',
      remedy: 'add it with `quakeloom region add FILE`',
    });
  }
  const store = await openObjectStore({ url: config.objectStoreUrl });
  return { catalogue, store, regions: [region], close: () => catalogue.close() };
}
