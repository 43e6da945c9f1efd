/** Types of the page: those of the API's answers, and nothing else of the server. @module */
import type {
  DeformationAnswer,
  EventAnswer,
  EventsAnswer,
  HealthAnswer,
  RegionsAnswer,
} from '../../apps/api/event-routes.js';
import type { ShakingAnswer } from '../../apps/api/shaking-routes.js';

export type {
  DeformationAnswer,
  EventAnswer,
  EventsAnswer,
  HealthAnswer,
  RegionsAnswer,
  ShakingAnswer,
};

/** An event with its preferred origin. */
export type Quake = EventsAnswer['events'][number];
/** One version of an origin. */
export type StoredOrigin = EventAnswer['origins'][number];
export type Marginal = StoredOrigin['origin']['magnitude'];
export type Ellipse = StoredOrigin['origin']['ellipse90'];
export type Provenance = StoredOrigin['provenance'];
export type Region = RegionsAnswer['regions'][number];
export type DeformationProduct = DeformationAnswer['deformation'][number];
/** The map of shaking of an event, or why there is none. */
export type Shaking = NonNullable<ShakingAnswer['shaking']>;
