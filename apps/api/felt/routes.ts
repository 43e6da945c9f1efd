/** `/felt`: the felt-report form, its answers, and how many were counted or refused and why. @module */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { communityIntensity } from '../../../models/reports/felt/cdi.js';
import type { FeltDesk } from './desk.js';
import { createFeltGuard, type FeltGuard } from './guard.js';
import { chooseLanguage } from './languages.js';
import { PLACE_SCRIPT, formPage, stoppedPage, thanksPage } from './page.js';
import { readForm } from './read-form.js';
import type { FeltWords, RefusalKind } from './words/felt-words.js';

/** Answer of `/api/felt`: reports since this process started. */
export interface FeltCountsAnswer {
  readonly counted: number;
  /** Refused reports by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** A filled form is under 2 kB. */
const MAX_BODY = 16 * 1024;
const STATUS: Readonly<Record<RefusalKind, number>> = {
  felt: 400,
  place: 400,
  answers: 400,
  expired: 403,
  repeated: 409,
  many: 429,
};

/** Adds the routes in a context of their own: forms are parsed nowhere else. */
export function addFeltRoutes(
  app: FastifyInstance,
  input: { readonly desk: FeltDesk; readonly guard?: FeltGuard },
): void {
  const { desk } = input;
  const guard = input.guard ?? createFeltGuard();
  const refusedCounts = new Map<string, number>();
  let counted = 0;
  const refuse = (reason: string): void => {
    refusedCounts.set(reason, (refusedCounts.get(reason) ?? 0) + 1);
  };

  void app.register((felt, _options, done) => {
    felt.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_BODY },
      (_request, body, parsed) => parsed(null, new URLSearchParams(String(body))),
    );
    // Whatever is wrong with the request itself (size, type) counts too.
    felt.addHook('onError', async (_request, _reply, error) => {
      refuse(error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? 'too large' : 'not a form');
    });

    felt.get('/felt', async (request, reply) => {
      const words = wordsOf(request);
      return html(reply, words, formPage({ words, token: guard.token(request.ip) }));
    });
    felt.get('/felt/place.js', async (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(PLACE_SCRIPT),
    );
    felt.get('/api/felt', async (): Promise<FeltCountsAnswer> => ({
      counted,
      refused: Object.fromEntries(refusedCounts),
    }));
    felt.post('/felt', async (request, reply) => {
      const words = wordsOf(request);
      const sent = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const again = (kind: RefusalKind, reason: string = kind) => {
        refuse(reason);
        void reply.status(STATUS[kind]);
        if (kind === 'many')
          return html(reply.header('retry-after', '3600'), words, stoppedPage(words));
        const token = guard.token(request.ip);
        return html(reply, words, formPage({ words, token, sent, refused: kind }));
      };
      const token = sent.get('token');
      const stopped = guard.check({ address: request.ip, token });
      if (stopped !== null) return again(stopped);
      if (!isFromOurPage(request)) return again('expired', 'from another site');
      const form = readForm(sent);
      if ('refused' in form) return again(form.refused);
      guard.use(token as string);
      await desk.add(form);
      counted++;
      return html(reply, words, thanksPage({ words, cdi: communityIntensity([form.answers]) }));
    });
    done();
  });
}

/** Browsers say where a form comes from; programs need not, and have the signed token. */
function isFromOurPage(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = request.headers;
  if (origin === undefined || origin === 'null') return true;
  // As the reader's browser knows it, if a trusted proxy tells.
  return URL.canParse(origin) && new URL(origin).host === request.host;
}

function wordsOf(request: FastifyRequest): FeltWords {
  const { lang } = request.query as { lang?: unknown };
  return chooseLanguage({ asked: lang, acceptLanguage: request.headers['accept-language'] });
}

function html(reply: FastifyReply, words: FeltWords, text: string): FastifyReply {
  return reply
    .headers({
      'content-language': words.code,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      vary: 'accept-language',
    })
    .type('text/html; charset=utf-8')
    .send(text);
}
