/**
 * In: the state of the gateway. Out: `GET /healthz` (JSON; 503 while it cannot acknowledge) and
 * `POST /flush` (seals everything now) on 127.0.0.1.
 * @module
 */
import { createServer, type ServerResponse } from 'node:http';
import { UnavailableError } from '../../core/errors.js';
import { errorText } from './gateway-log.js';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves on 127.0.0.1:`port` (0 = any free port). Throws UnavailableError when it is taken. */
export async function startHealthServer<Stats extends { readonly state: string }>(input: {
  readonly port: number;
  readonly stats: () => Stats;
  readonly flush: () => Promise<void>;
}): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    request.resume();
    if (request.method === 'GET' && path === '/healthz') {
      const stats = input.stats();
      answer(response, stats.state === 'back-pressure' ? 503 : 200, stats);
    } else if (request.method === 'POST' && path === '/flush') {
      input.flush().then(
        () => answer(response, 200, input.stats()),
        (error: unknown) => answer(response, 503, { error: errorText(error), ...input.stats() }),
      );
    } else {
      answer(response, 404, { error: 'GET /healthz or POST /flush' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new UnavailableError({
          what: `health port ${input.port}`,
          reason: errorText(cause),
          remedy: 'stop what listens there, or give the gateway another port',
          retryable: false,
          cause,
        }),
      ),
    );
    server.listen(input.port, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : input.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
