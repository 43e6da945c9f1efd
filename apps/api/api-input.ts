/** What the API is made from. @module */
import type { FastifyBaseLogger } from 'fastify';
import type { ObjectStore } from '../../core/artifact.js';
import type { Catalogue } from '../../core/catalogue.js';
import type { FeltDesk } from './felt/desk.js';

/** Everything that the routes need; tests give fakes. */
export interface ApiInput {
  readonly catalogue: Catalogue;
  readonly store: ObjectStore;
  readonly log: FastifyBaseLogger;
  /** Linked from the dashboard; null when it is not known. */
  readonly temporalUiUrl: string | null;
  /** How often the event stream looks for changes, ms. */
  readonly streamPollMs?: number;
  /** Takes felt reports; without it there is no form. */
  readonly felt?: FeltDesk;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies?: readonly string[];
  /** Folder of the built dashboard; that of this checkout by default. */
  readonly webRoot?: string;
}
