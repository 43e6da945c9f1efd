/** What a demo scenario gets and gives. @module */
import type { Client } from '@temporalio/client';
import type { Catalogue } from '../../core/catalogue.js';
import type { Quake } from '../../core/quake.js';
import type { Addresses } from '../addresses.js';
import type { Config } from '../config.js';
import type { Output } from '../cli/output.js';

/** The origin that a result is held against, as published. */
export interface Reference {
  readonly source: string;
  readonly originTime: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Null where the published origin has none. */
  readonly depthKm: number | null;
  readonly magnitude: number;
  /** Uncertainty of the published epicentre, km; 0 when not stated. */
  readonly epicentreSigmaKm: number;
}

export interface ScenarioContext {
  readonly config: Config;
  readonly addresses: Addresses;
  readonly client: Client;
  readonly catalogue: Catalogue;
  /** Files behind a source URI, fetched if needed. */
  readonly resolveSource: (input: {
    uri: string;
    onProgress?: (note: string) => void;
  }) => Promise<string>;
  readonly output: Output;
  /** A line for a person about what is being done. */
  readonly say: (line: string) => void;
}

export interface ScenarioResult {
  /** Quake found for the reference, if any. */
  readonly found: Quake | null;
  readonly reference: Reference | null;
  /** Further results: deformation, versions, remarks. */
  readonly lines: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Run only where this scenario had to be skipped: its data come with a package. */
  readonly standsInFor?: string;
  /** Data sets without which it is skipped. */
  readonly needs: readonly string[];
  run(context: ScenarioContext): Promise<ScenarioResult>;
}
