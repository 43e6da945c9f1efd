/**
 * Association, location, calibration and explanation as durable steps: what `quakeloom associate`,
 * `locate`, `calibrate` and `why` do, for workflows. Files by URI in, references to results out.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import { CorruptSourceError } from '../core/errors.js';
import type { RegionConfig } from '../core/region.js';
import { seedFromText } from '../core/random.js';
import { isoToNs, secondsSince, type IsoTime } from '../core/time.js';
import {
  assignmentsCsv,
  pickEventsCsv,
  pickEventsQuakeMl,
} from '../catalogue/export/pick-events.js';
import type { PickFiles, ReadPickFilesInput } from '../connectors/picks/tasks.js';
import type { NamedVelocity } from '../models/detection/pick-tasks.js';
import { PARAMETER_FORMAT } from '../models/detection/picks/parse-parameters.js';
import type { Reliability } from '../models/detection/picks/temper.js';
import { namedModel } from '../models/traveltime/named-model.js';
import { shortHash } from './content-hash.js';
import type { ActivityDeps } from './deps.js';
import { decodeEvidence } from './fuse.js';
import { step, type StepContext } from './step.js';

interface NetworkFiles {
  /** URI of the stations' file. */
  readonly stations: string;
  /** iasp91, ak135, a bundled region, `constant:VP[:VP/VS]`, or the URI of a layered file; iasp91. */
  readonly velocity?: string;
  /** Now, by the workflow's clock: dates outputs, and readings after it are refused. */
  readonly at: IsoTime;
}

export interface AssociatePicksInput extends NetworkFiles {
  readonly picks: string;
  /** URI of a parameter file. */
  readonly parameters?: string;
  readonly minProbability?: number;
  /** Posterior samples an event; 1000. */
  readonly samples?: number;
}

export interface LocateReadingsInput extends NetworkFiles {
  /** URI of a NonLinLoc phase file or QuakeML. */
  readonly readings: string;
  readonly samples?: number;
  readonly seed?: number;
  readonly maxDepthKm?: number;
}

export interface CalibratePicksInput extends NetworkFiles {
  readonly picks: string;
  /** URI of a table of events. */
  readonly catalogue: string;
  readonly parameters?: string;
  readonly minProbability?: number;
}

export interface ExplainWindowInput {
  readonly region: RegionConfig;
  /** What `evaluateEvidence` stored. */
  readonly evidence: ArtifactRef;
  readonly question: {
    readonly time: IsoTime;
    readonly latitude: number;
    readonly longitude: number;
    readonly withinS: number;
    readonly withinKm: number;
  };
}

/** The activities around picks; the same input gives the same bytes. */
export function createPickActivities(deps: ActivityDeps) {
  return {
    /** Picks to events.csv, assignments.csv and QuakeML, in this order. */
    associatePicks: (input: AssociatePicksInput) =>
      step(async (context) => {
        const { picks, parameters, minProbability } = input;
        const { files, network } = await readFiles(deps, input, context, {
          names: { picks, parameters },
          minProbability,
        });
        const file = need(files.picks, picks);
        const { events, noEvent, amplitudeShift } = await deps.compute.run(
          'associatePicks',
          {
            ...network,
            picks: file.picks,
            parameters: files.parameters,
            samples: input.samples ?? 1000,
          },
          { signal: context.signal, onProgress: context.report },
        );
        const quakeMl = pickEventsQuakeMl({ events, generatedAt: input.at });
        return {
          events: events.length,
          associatedPicks: events.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
          picks: file.picks.count,
          rejected: file.rejected,
          noEvent,
          amplitudeShiftLog10: amplitudeShift,
          artifacts: [
            await put(deps, 'events.csv', pickEventsCsv(events)),
            await put(deps, 'assignments.csv', assignmentsCsv(events)),
            await put(deps, 'events.xml', quakeMl),
          ],
        };
      }),

    /** Readings to hypocentres with samples: the JSON of `quakeloom locate --json`. */
    locateReadings: (input: LocateReadingsInput) =>
      step(async (context) => {
        const { readings } = input;
        const { files, network, nowS } = await readFiles(deps, input, context, {
          names: { readings },
        });
        const located = await deps.compute.run(
          'locateReadings',
          {
            ...network,
            events: need(files.readings, readings),
            samples: input.samples ?? 1000,
            seed: input.seed ?? 1,
            maxDepthKm: input.maxDepthKm ?? null,
            nowS,
          },
          { signal: context.signal, onProgress: context.report },
        );
        const found = located.events.filter((event) => event['located'] === true).length;
        return {
          located: found,
          notLocated: located.events.length - found,
          artifact: await put(deps, 'locations.json', JSON.stringify(located)),
        };
      }),

    /** A catalogue and picks of the same days to a parameter file for `associatePicks`. */
    calibratePicks: (
      input: CalibratePicksInput,
    ): Promise<{
      readonly picksUsed: number;
      readonly proof: { readonly before: Reliability; readonly after: Reliability };
      readonly artifact: ArtifactRef;
    }> =>
      step(async (context) => {
        const { picks, catalogue, parameters, minProbability } = input;
        const { files, network } = await readFiles(deps, input, context, {
          names: { picks, catalogue, parameters },
          minProbability,
        });
        const result = await deps.compute.run(
          'calibratePicks',
          {
            ...network,
            picks: need(files.picks, picks).picks,
            catalogue: need(files.catalogue, catalogue),
            parameters: files.parameters,
          },
          { signal: context.signal, onProgress: context.report },
        );
        const { proof, parameters: learned, picksUsed, velocity, completeMagnitude } = result;
        const provenance = {
          codeVersion: deps.codeVersion,
          createdAt: input.at,
          inputs: files.sha256,
          minProbability: minProbability ?? 0,
          velocity,
          picksUsed,
          completeMagnitude,
        };
        const file = { format: PARAMETER_FORMAT, provenance, proof, parameters: learned };
        const artifact = await put(deps, 'pick-parameters.json', JSON.stringify(file));
        return { picksUsed, proof, artifact };
      }),

    /** Why a window has or has not a quake at a time and place: the budget in nats as JSON. */
    explainWindow: (input: ExplainWindowInput) =>
      step(async (context) => {
        const { region, question } = input;
        const evidence = await deps.store.get(input.evidence);
        const { window } = decodeEvidence(evidence);
        const timeS = secondsSince(isoToNs(question.time), isoToNs(window.start));
        const budget = await deps.compute.run(
          'explainWindow',
          {
            evidence,
            region,
            supposition: { ...question, timeS },
            seed: seedFromText(`why ${input.evidence.key}`),
          },
          { signal: context.signal, onProgress: context.report },
        );
        if (!budget) return { logOdds: null, probability: null, artifact: null };
        const { logOdds, probability } = budget;
        const artifact = await put(deps, 'budget.json', JSON.stringify({ question, budget }));
        return { logOdds, probability, artifact };
      }),
  };
}

/** Brings the files to this machine and reads them in a thread. */
async function readFiles(
  deps: ActivityDeps,
  input: NetworkFiles,
  { signal, report }: StepContext,
  wanted: {
    readonly names: Readonly<
      Partial<Record<keyof ReadPickFilesInput['paths'], string | undefined>>
    >;
    readonly minProbability?: number | undefined;
  },
): Promise<{
  readonly files: PickFiles;
  readonly nowS: number;
  readonly network: {
    readonly source: string;
    readonly stations: PickFiles['stations'];
    readonly velocity: NamedVelocity;
  };
}> {
  const { stations: source, velocity: name = 'iasp91' } = input;
  const isBundled = namedModel(name) !== null;
  const onProgress = (note: string): void => report({ fraction: 0, note });
  const pathOf = (uri: string): Promise<string> => deps.resolveSource({ uri, signal, onProgress });
  const paths: { -readonly [Name in keyof ReadPickFilesInput['paths']]: string } = {
    stations: await pathOf(source),
  };
  const names = { ...wanted.names, velocity: isBundled ? undefined : name };
  for (const [each, uri] of Object.entries(names) as [keyof typeof paths, string | undefined][]) {
    if (uri !== undefined) paths[each] = await pathOf(uri);
  }
  const nowS = Number(isoToNs(input.at)) / 1e9;
  const files = await deps.compute.run(
    'readPickFiles',
    { paths, minProbability: wanted.minProbability ?? 0, nowS },
    { signal, onProgress: report },
  );
  const velocity = { name, text: files.velocity };
  return { files, nowS, network: { source, stations: files.stations, velocity } };
}

/** What was asked for by name is there. */
function need<T>(value: T | null, source: string): T {
  if (value !== null) return value;
  throw new CorruptSourceError({ source, at: 'its content', reason: 'it was not read' });
}

/** Stores a result under its own hash. */
function put(deps: ActivityDeps, name: string, text: string): Promise<ArtifactRef> {
  const bytes = new TextEncoder().encode(text);
  return deps.store.put({ key: `picks/${shortHash(bytes)}-${name}`, kind: 'export', bytes });
}
