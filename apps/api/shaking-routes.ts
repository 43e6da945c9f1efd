/** Maps of shaking: what there is for an event, and its files. @module */
import type { FastifyInstance } from 'fastify';
import type { ShakingRow } from '../../core/catalogue.js';
import type { ShakingSummary } from '../../models/shaking/describe.js';
import type { ApiInput } from './api-input.js';

/** A file of a map: `name` at the end of the address of the map. */
export interface ShakingFileInfo {
  readonly name: string;
  readonly bytes: number;
}
export interface ShakingAnswer {
  /** Null until one is made; quakes below magnitude 3 get none. */
  readonly shaking:
    | (Pick<ShakingRow, 'eventId' | 'version' | 'createdAt' | 'problem'> & {
        /** Null when the map could not be made. */
        readonly summary: ShakingSummary | null;
        readonly files: readonly ShakingFileInfo[];
      })
    | null;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  arrow: 'application/vnd.apache.arrow.file',
  geojson: 'application/geo+json',
  tif: 'image/tiff',
};

export function addShakingRoutes(app: FastifyInstance, input: ApiInput): void {
  const { catalogue, store } = input;
  const rowOf = async (id: string): Promise<ShakingRow | null | undefined> => {
    const event = await catalogue.getEvent(id);
    return event ? catalogue.getShaking({ eventId: event.eventId }) : undefined;
  };

  app.get<{ Params: { id: string } }>('/api/events/:id/shaking', async ({ params }, reply) => {
    const row = await rowOf(params.id);
    if (row === undefined)
      return reply.status(404).send({ error: `there is no event ${params.id}` });
    if (row === null) return { shaking: null } satisfies ShakingAnswer;
    const { eventId, version, createdAt, problem, artifacts } = row;
    // Written by the task that makes maps, and nothing else.
    const summary = problem === null ? (row.summary as unknown as ShakingSummary) : null;
    const files = artifacts.map(({ key, bytes }) => ({ name: fileName(key), bytes }));
    return {
      shaking: { eventId, version, createdAt, problem, summary, files },
    } satisfies ShakingAnswer;
  });

  app.get<{ Params: { id: string; file: string } }>(
    '/api/events/:id/shaking/:file',
    async ({ params: { id, file } }, reply) => {
      const row = await rowOf(id);
      const artifact = row?.artifacts.find(({ key }) => fileName(key) === file);
      if (!row || !artifact) {
        return reply.status(404).send({ error: `event ${id} has no map file ${file}` });
      }
      const bytes = await store.get(artifact);
      const type = MEDIA_TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      return reply
        .header('content-type', type)
        .header('content-disposition', `attachment; filename="${row.eventId}-${file}"`)
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
}

/** `shaking.arrow` of `events/ID/v0001-0123456789ab-shaking.arrow`. */
function fileName(key: string): string {
  return key.replace(/^.*\/v\d+-[0-9a-f]+-/, '');
}
