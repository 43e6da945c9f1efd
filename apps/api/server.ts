/**
 * The HTTP server, without the port: tests inject requests into it. In: catalogue and object store;
 * out: a Fastify instance.
 * @module
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { describeError, isQuakeError } from '../../core/errors.js';
import type { ApiInput } from './api-input.js';
import { addEventRoutes, type HealthAnswer } from './event-routes.js';
import { addFdsnRoutes } from './fdsn-routes.js';
import { addFeltRoutes } from './felt/routes.js';
import { addShakingRoutes } from './shaking-routes.js';
import { addStreamRoute } from './stream-route.js';

const WEB = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** The dashboard may load only its own parts; map tiles and fonts are bundled. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Makes the server with all its routes. */
export async function createApi(input: ApiInput): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: input.log,
    logController: new LogController({ disableRequestLogging: true }),
    // The address of a request is the last one that no trusted proxy has.
    ...(input.trustedProxies?.length ? { trustProxy: [...input.trustedProxies] } : {}),
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    reply.header('x-content-type-options', 'nosniff');
  });
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error(error);
    const text = error instanceof Error ? describeError(error) : String(error);
    void reply.status(status).send({ error: text });
  });
  app.get('/api/health', async () => {
    const regions = await input.catalogue.listRegions();
    return {
      ok: true,
      regions: regions.length,
      temporalUiUrl: input.temporalUiUrl,
    } satisfies HealthAnswer;
  });
  addEventRoutes(app, input);
  addShakingRoutes(app, input);
  addFdsnRoutes(app, input);
  addStreamRoute(app, input);
  if (input.felt) addFeltRoutes(app, { desk: input.felt });
  const root = input.webRoot ?? WEB;
  if (existsSync(root)) await app.register(fastifyStatic, { root });
  else app.get('/', () => 'The dashboard is not built: run npm run setup.');
  return app;
}

function statusOf(error: unknown): number {
  if (isQuakeError(error)) return error._tag === 'InvalidInput' ? 400 : 503;
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : 500;
}
