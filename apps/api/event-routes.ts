/** JSON for the dashboard and for programs: events, versions, deformation, quarantine. @module */
import type { FastifyInstance } from 'fastify';
import type { Quake, StoredOrigin } from '../../core/quake.js';
import type { DeformationRow } from '../../core/catalogue.js';
import type { RegionConfig } from '../../core/region.js';
import { eventFilter } from './event-filter.js';
import type { ApiInput } from './api-input.js';

/** Answers of the API: the types that the dashboard is written against. */
export interface EventsAnswer {
  readonly events: readonly Quake[];
}
export interface EventAnswer {
  readonly event: Quake;
  /** Oldest first. */
  readonly origins: readonly StoredOrigin[];
}
export interface RegionsAnswer {
  readonly regions: readonly RegionConfig[];
}
export interface DeformationAnswer {
  readonly deformation: readonly DeformationRow[];
}
export interface HealthAnswer {
  readonly ok: true;
  readonly regions: number;
  readonly temporalUiUrl: string | null;
}

export function addEventRoutes(app: FastifyInstance, input: ApiInput): void {
  const { catalogue } = input;

  app.get<{ Querystring: Record<string, unknown> }>('/api/events', async ({ query }) => {
    const events = await catalogue.listEvents(eventFilter({ query, others: [] }));
    return { events } satisfies EventsAnswer;
  });

  app.get<{ Params: { id: string } }>('/api/events/:id', async ({ params }, reply) => {
    const event = await catalogue.getEvent(params.id);
    if (!event) return reply.status(404).send({ error: `there is no event ${params.id}` });
    const origins = await catalogue.listOrigins(event.eventId);
    return { event, origins } satisfies EventAnswer;
  });

  app.get('/api/regions', async () => {
    return { regions: await catalogue.listRegions() } satisfies RegionsAnswer;
  });

  app.get('/api/deformation', async () => {
    const deformation = await catalogue.listDeformation({ limit: 100 });
    return { deformation } satisfies DeformationAnswer;
  });

  app.get('/api/quarantine', async () => ({
    quarantine: await catalogue.listQuarantine({ limit: 200 }),
  }));
}
