import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openFeltDesk, type FeltDesk } from '../../../apps/api/felt/desk.js';
import { MOST_AN_HOUR, createFeltGuard } from '../../../apps/api/felt/guard.js';
import { FELT_LANGUAGES, chooseLanguage } from '../../../apps/api/felt/languages.js';
import {
  DAMAGE_TOKENS,
  MINUTES_AGO,
  QUESTIONS,
  type SentForm,
} from '../../../apps/api/felt/read-form.js';
import type { ObjectStore } from '../../../core/artifact.js';
import type { SegmentRow } from '../../../core/catalogue.js';
import { LARGEST_ANSWER } from '../../../core/felt-answers.js';
import { decodeTable } from '../../../core/tables/ipc.js';
import { reportItems } from '../../../core/tables/report-table.js';
import { readQuestionnaires } from '../../../connectors/reports/questionnaires.js';
import { draft, gaussian, region } from '../../catalogue/drafts.js';
import { fakeCatalogue } from './fake-catalogue.js';
import { testApi } from './test-server.js';

const folder = mkdtempSync(path.join(tmpdir(), 'felt-form-'));
const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function open(): Promise<{ app: FastifyInstance; forms: SentForm[] }> {
  const forms: SentForm[] = [];
  const felt: FeltDesk = {
    add: (form) => Promise.resolve(void forms.push(form)),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const app = await testApi(fakeCatalogue(), { felt });
  apps.push(app);
  return { app, forms };
}

const FORM = 'application/x-www-form-urlencoded';
const ANSWERS = {
  felt: '1',
  motion: '4',
  shelf: '1',
  damage: '_crackmin',
  place: 'Napa',
  when: '1',
};

async function tokenOf(app: FastifyInstance, remoteAddress = '192.0.2.1'): Promise<string> {
  const { body } = await app.inject({ url: '/felt', remoteAddress });
  return /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
}

async function send(
  app: FastifyInstance,
  fields: Readonly<Record<string, string>>,
  options: { readonly address?: string; readonly headers?: Record<string, string> } = {},
): Promise<{ status: number; body: string }> {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/felt?lang=en',
    remoteAddress: options.address ?? '192.0.2.1',
    headers: { 'content-type': FORM, ...options.headers },
    payload: new URLSearchParams(fields).toString(),
  });
  return { status: statusCode, body };
}

async function counts(app: FastifyInstance): Promise<unknown> {
  return (await app.inject('/api/felt')).json();
}

describe('the form', () => {
  it('has every question and option in every language, and says which language it is', async () => {
    const { app } = await open();
    expect(FELT_LANGUAGES.length).toBeGreaterThanOrEqual(8);
    for (const words of FELT_LANGUAGES) {
      for (const question of QUESTIONS) {
        const options = LARGEST_ANSWER[question] + (question === 'otherFelt' ? 0 : 1);
        expect(words[question].options, `${words.code} ${question}`).toHaveLength(options);
      }
      expect(words.damage.options).toHaveLength(DAMAGE_TOKENS.length);
      expect(words.when.options).toHaveLength(MINUTES_AGO.length);
      expect(words.levels).toHaveLength(10);
      expect(words.result).toContain('{cdi}');
      const { body, headers } = await app.inject({
        url: '/felt',
        headers: { 'accept-language': `xx, ${words.code}-ZZ;q=0.8, en;q=0.5` },
      });
      expect(headers['content-language']).toBe(words.code);
      expect(body).toContain(`<html lang="${words.code}" dir="${words.direction}">`);
      expect(body.match(/<fieldset/g)).toHaveLength(QUESTIONS.length + 2);
      expect(body.match(/<legend/g)).toHaveLength(QUESTIONS.length + 2);
    }
  });

  it('takes the language asked for before that of the header', () => {
    const choose = (asked: unknown, acceptLanguage?: string) =>
      chooseLanguage({ asked, acceptLanguage }).code;
    expect(choose('ja', 'el')).toBe('ja');
    expect(choose('../x', 'de, fr;q=0.4, it;q=0.9')).toBe('it');
    expect(choose(undefined, 'el;q=0, de')).toBe('en');
    expect(choose(undefined)).toBe('en');
  });

  it('counts an answer, shows its intensity, and keeps no finer place than the town', async () => {
    const { app, forms } = await open();
    const token = await tokenOf(app);
    const { status, body } = await send(app, { ...ANSWERS, token });
    expect(status).toBe(200);
    // CWS = 5 + 4 + 5 + 2.5 = 16.5: 3.3996 ln 16.5 - 4.3781 = 5.15, half to even at one digit.
    expect(body).toContain('5.2');
    expect(forms[0]).toMatchObject({
      answers: { felt: 1, motion: 4, shelf: 1, stand: null, damageText: '_crackmin' },
      place: { latitude: 38.3, longitude: -122.29 },
      minutesAgo: 10,
    });
    const position = { felt: '0', latitude: '38.297123', longitude: '-122,285512' };
    await send(app, { ...position, token: await tokenOf(app) });
    expect(forms[1]?.place).toEqual({ latitude: 38.3, longitude: -122.29, radiusKm: null });
    expect(await counts(app)).toEqual({ counted: 2, refused: {} });
  });

  it('refuses impossible answers with a reason and gives the answers back', async () => {
    const { app, forms } = await open();
    const bad: readonly [Record<string, string>, string][] = [
      [{ ...ANSWERS, motion: '9' }, 'answers'],
      [{ ...ANSWERS, shelf: '-1' }, 'answers'],
      [{ ...ANSWERS, felt: '0' }, 'answers'],
      [{ ...ANSWERS, damage: '_moon' }, 'answers'],
      [{ ...ANSWERS, when: '99' }, 'answers'],
      [{ motion: '4', place: 'Napa' }, 'felt'],
      [{ ...ANSWERS, place: 'Springfield' }, 'place'],
      [{ ...ANSWERS, place: '"><script>alert(1)</script>' }, 'place'],
      [{ felt: '1', latitude: '91', longitude: '0' }, 'place'],
    ];
    for (const [i, [fields]] of bad.entries()) {
      const address = `198.51.100.${i}`;
      const token = await tokenOf(app, address);
      const { status, body } = await send(app, { ...fields, token }, { address });
      expect(status).toBe(400);
      expect(body).toContain('role="alert"');
      expect(body).not.toContain('<script>alert');
      if (fields['motion'] === '4') expect(body).toContain('name="motion" value="4" checked');
    }
    expect(forms).toEqual([]);
    expect(await counts(app)).toEqual({ counted: 0, refused: { answers: 5, felt: 1, place: 3 } });
  });

  it('takes no form from elsewhere, none twice, and nothing that is not a form', async () => {
    const { app } = await open();
    const token = await tokenOf(app);
    expect((await send(app, { ...ANSWERS })).status).toBe(403);
    expect((await send(app, { ...ANSWERS, token: `${token}x` })).status).toBe(403);
    expect((await send(app, { ...ANSWERS, token }, { address: '192.0.2.77' })).status).toBe(403);
    const elsewhere = { 'sec-fetch-site': 'cross-site' };
    expect((await send(app, { ...ANSWERS, token }, { headers: elsewhere })).status).toBe(403);
    const origin = { origin: 'https://evil.example' };
    expect((await send(app, { ...ANSWERS, token }, { headers: origin })).status).toBe(403);
    expect((await send(app, { ...ANSWERS, token })).status).toBe(200);
    expect((await send(app, { ...ANSWERS, token })).status).toBe(409);
    const large = await send(app, { ...ANSWERS, comment: 'x'.repeat(10_000_000) });
    expect(large.status).toBe(413);
    const json = { 'content-type': 'application/json' };
    expect((await send(app, { ...ANSWERS }, { headers: json })).status).toBe(400);
    expect(await counts(app)).toMatchObject({
      counted: 1,
      refused: { expired: 3, 'from another site': 2, repeated: 1, 'too large': 1 },
    });
  });

  it('thousands from one address: ten an hour, the rest counted as too many', async () => {
    const { app, forms } = await open();
    for (let i = 0; i < 2000; i++) await send(app, { ...ANSWERS, token: 'x' });
    const guard = createFeltGuard();
    for (let i = 0; i < MOST_AN_HOUR; i++) {
      const address = `2001:db8::${i}`;
      expect(guard.check({ address, token: guard.token(address) })).toBeNull();
    }
    // A household has all addresses of its network.
    const address = '2001:db8:0:0:ffff::1';
    expect(guard.check({ address, token: guard.token(address) })).toBe('many');
    expect(forms).toEqual([]);
    expect(await counts(app)).toEqual({
      counted: 0,
      refused: { expired: MOST_AN_HOUR, many: 2000 - MOST_AN_HOUR },
    });
  });
});

describe('the desk', () => {
  const NOW_MS = Date.parse('2024-01-01T00:20:00Z');

  it('answers become felt cells of the region, also after a restart, and hold nobody', async () => {
    const fake = fakeCatalogue({
      regions: [{ ...region('napa'), bounds: { west: -123, east: -121, south: 37, north: 39 } }],
    });
    fake.add(
      'e1',
      {
        ...draft(),
        origin: {
          ...draft().origin,
          originTime: '2024-01-01T00:07:30.5Z',
          latitude: gaussian(38.2, 0.1),
          longitude: gaussian(-122.3, 0.1),
          magnitude: gaussian(6, 0.1),
        },
      },
      '2024-01-01T00:08:00Z',
    );
    const stored = new Map<string, Uint8Array>();
    const rows: SegmentRow[] = [];
    const store: ObjectStore = {
      put: ({ key, kind, bytes }) => {
        stored.set(key, bytes);
        return Promise.resolve({ key, kind, bytes: bytes.length, sha256: '0' });
      },
      get: () => Promise.reject(new Error('not read')),
      has: () => Promise.resolve(false),
      list: () => Promise.resolve([]),
    };
    const catalogue = {
      ...fake.catalogue,
      addSegment: (row: Omit<SegmentRow, 'id'>) => {
        rows.push({ ...row, id: rows.length + 1 });
        return Promise.resolve(rows.at(-1) as SegmentRow);
      },
    };
    const problems: unknown[] = [];
    const input = {
      folder,
      catalogue,
      store,
      onProblem: (error: unknown) => problems.push(error),
      nowMs: () => NOW_MS,
    };
    const felt = (motion: number, latitude: number): SentForm => ({
      answers: {
        felt: 1,
        otherFelt: null,
        motion,
        reaction: null,
        stand: null,
        shelf: null,
        picture: null,
        furniture: null,
        damageText: null,
      },
      place: { latitude, longitude: -122.29, radiusKm: null },
      minutesAgo: 10,
    });
    const desk = await openFeltDesk(input);
    await desk.add(felt(3, 38.3));
    await desk.add(felt(5, 38.3));
    // Far from the quake and outside of the region: at the time that was said, and in no region.
    await desk.add(felt(2, -38.3));
    await desk.close();
    const items = () =>
      reportItems(
        decodeTable(stored.get(rows.at(-1)?.artifact.key ?? '') as Uint8Array, 'segment'),
      );
    expect(items()).toMatchObject([
      { kind: 'felt-cell', felt: 2, timeNs: 1_704_067_650_000_000_000n, intensity: 3.1 },
    ]);

    const reopened = await openFeltDesk(input);
    await reopened.add(felt(4, 38.3));
    await reopened.close();
    expect(items()).toMatchObject([{ felt: 3 }]);
    expect(new Set(rows.map(({ sourceId, startNs }) => `${sourceId} ${startNs}`)).size).toBe(1);
    expect(problems).toEqual([]);

    const [name = ''] = readdirSync(folder);
    const lines = readFileSync(path.join(folder, name), 'utf8').trim().split('\n');
    expect(Object.keys(JSON.parse(lines[0] ?? '{}') as object).sort()).toEqual(
      ['d_text', 'felt', 'furniture', 'latitude', 'longitude', 'motion', 'other_felt', 'picture']
        .concat('radius_km', 'reaction', 'shelf', 'stand', 'time')
        .sort(),
    );
    const { questionnaires } = await readQuestionnaires({ path: path.join(folder, name) });
    expect(questionnaires).toHaveLength(4);
  });
});
