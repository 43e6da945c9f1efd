/**
 * fdsnws-event 1.2 (FDSN Web Service Specifications, section fdsnws-event): what clients such as
 * ObsPy's `Client` ask for.
 * @module
 */
import type { FastifyInstance } from 'fastify';
import { InvalidInputError } from '../../core/errors.js';
import { EXPORT_FORMATS } from '../../catalogue/export/formats.js';
import { eventFilter } from './event-filter.js';
import type { ApiInput } from './api-input.js';
import { EVENT_WADL } from './wadl.js';

const BASE = '/fdsnws/event/1';

/** Value of `format` to our encoder and its media type. */
const FORMATS = {
  xml: { name: 'quakeml', type: 'application/xml' },
  text: { name: 'text', type: 'text/plain; charset=utf-8' },
  geojson: { name: 'geojson', type: 'application/json' },
} as const;

const isFormat = (name: string): name is keyof typeof FORMATS => Object.hasOwn(FORMATS, name);

export function addFdsnRoutes(app: FastifyInstance, input: ApiInput): void {
  const { catalogue } = input;

  app.get(`${BASE}/version`, async (_request, reply) => reply.type('text/plain').send('1.2.0'));
  app.get(`${BASE}/application.wadl`, async (_request, reply) =>
    reply.type('application/xml').send(EVENT_WADL),
  );
  app.get(`${BASE}/catalogs`, async (_request, reply) =>
    reply
      .type('application/xml')
      .send('<?xml version="1.0"?><Catalogs><Catalog>quakeloom</Catalog></Catalogs>'),
  );
  app.get(`${BASE}/contributors`, async (_request, reply) =>
    reply
      .type('application/xml')
      .send(
        '<?xml version="1.0"?><Contributors><Contributor>quakeloom</Contributor></Contributors>',
      ),
  );

  app.get<{ Querystring: Record<string, unknown> }>(`${BASE}/query`, async (request, reply) => {
    const { query } = request;
    const formatName = String(query['format'] ?? 'xml');
    if (!isFormat(formatName)) {
      throw new InvalidInputError({
        what: 'parameter format',
        reason: `'${formatName}' is none of ${Object.keys(FORMATS).join(', ')}`,
        remedy: 'choose one of them',
      });
    }
    const format = FORMATS[formatName];
    const { eventid } = query;
    const others = ['format', 'eventid', 'nodata', 'includeallorigins', 'includeallmagnitudes'];
    const quakes =
      typeof eventid === 'string'
        ? [await catalogue.getEvent(eventid)].filter((quake) => quake !== null)
        : await catalogue.listEvents(eventFilter({ query, others }));
    if (quakes.length === 0) {
      return reply.status(query['nodata'] === '404' ? 404 : 204).send();
    }
    const all = query['includeallorigins'] === 'true';
    const rows = await Promise.all(
      quakes.map(async (quake) => ({
        quake,
        origins: all ? await catalogue.listOrigins(quake.eventId) : [quake.preferred],
      })),
    );
    const generatedAt = new Date().toISOString();
    const body = EXPORT_FORMATS[format.name].encode({ quakes: rows, generatedAt });
    return reply.type(format.type).send(body);
  });
}
