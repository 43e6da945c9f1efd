import type { FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MOST_AN_HOUR, networkOf } from '../../../apps/api/felt/guard.js';
import type { SentForm } from '../../../apps/api/felt/read-form.js';
import { loadConfig } from '../../../apps/config.js';
import { proxyRanges } from '../../../apps/trusted-proxies.js';
import { fakeCatalogue } from './fake-catalogue.js';
import { testApi } from './test-server.js';

const PROXY = '192.0.2.1';
const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function open(trustedProxies: readonly string[]) {
  const forms: SentForm[] = [];
  const felt = {
    add: (form: SentForm) => Promise.resolve(void forms.push(form)),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const app = await testApi(fakeCatalogue(), { felt, trustedProxies });
  apps.push(app);
  /** Fetches a form and sends it, as `forwarded` and by way of `remoteAddress`. */
  const report = async (
    forwarded: string,
    remoteAddress = PROXY,
    more: Record<string, string> = {},
  ): Promise<number> => {
    const headers = { 'x-forwarded-for': forwarded };
    const { body } = await app.inject({ url: '/felt', remoteAddress, headers });
    const token = /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
    const { statusCode } = await app.inject({
      ...{ method: 'POST', url: '/felt', remoteAddress },
      headers: { ...headers, ...more, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ felt: '1', place: 'Napa', when: '1', token }).toString(),
    });
    return statusCode;
  };
  return { report, forms };
}

const many = (n: number, one: (i: number) => Promise<number>): Promise<number[]> =>
  Array.from({ length: n }).reduce<Promise<number[]>>(
    async (before, _, i) => [...(await before), await one(i)],
    Promise.resolve([]),
  );

describe('the form behind a proxy', () => {
  it('readers of a trusted proxy are told apart; one reader has ten reports, whatever it claims', async () => {
    const { report, forms } = await open([PROXY, '10.0.0.0/8']);
    const readers = await many(30, (i) => report(`198.51.100.${i}`));
    expect(new Set(readers)).toEqual(new Set([200]));
    expect(forms).toHaveLength(30);
    // What a reader writes into the header stands before the address that the proxy adds.
    const liar = await many(12, (i) => report(`203.0.113.${i}, 198.51.100.200:4${i}, 10.0.0.7`));
    expect(liar).toEqual([...Array<number>(MOST_AN_HOUR).fill(200), 429, 429]);
    const household = await many(11, (i) => report(`[2001:db8:5:6::${i}]:443`));
    expect(household.at(-1)).toBe(429);
    expect(await report('2001:DB8:5:7::1')).toBe(200);
  });

  it('without trust the header is nothing', async () => {
    for (const trusted of [[], ['192.0.2.9']]) {
      const { report, forms } = await open(trusted);
      const codes = await many(11, (i) => report(`198.51.100.${i}`));
      expect(codes).toEqual([...Array<number>(MOST_AN_HOUR).fill(200), 429]);
      expect(forms).toHaveLength(MOST_AN_HOUR);
    }
  });

  it('the page may have the host that a trusted proxy tells, and no other', async () => {
    const { report } = await open([PROXY]);
    const page = { origin: 'https://felt.example', 'x-forwarded-host': 'felt.example' };
    expect(await report('198.51.100.1', PROXY, page)).toBe(200);
    expect(await report('198.51.100.1', '192.0.2.2', page)).toBe(403);
    expect(await report('198.51.100.2', PROXY, { origin: 'https://other.example' })).toBe(403);
  });
});

describe('networks', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0DB8:0:0:9::', '2001:db8:0:0'],
    ['[2001:db8:1:2:3:4:5:6]:80', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::', '0:0:0:0'],
    ['unknown', 'unknown'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('all spellings of an address are one', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]`).hostname;
        expect(networkOf(address)).toBe(networkOf(canonical));
        expect(networkOf(address.toUpperCase())).toBe(networkOf(canonical));
      }),
    );
  });
});

describe('the setting', () => {
  it('takes addresses and ranges, and refuses what would trust everybody or nobody', () => {
    expect(proxyRanges(' 127.0.0.1, 10.0.0.0/8,fd00::/8 ')).toEqual([
      ...['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
    ]);
    expect(proxyRanges('')).toEqual([]);
    for (const bad of ['*', 'nginx', '0.0.0.0/0', '10.0.0.0/33', '10.0.0.0/8/9', '10.0.0']) {
      expect(proxyRanges(bad)).toBeNull();
      const env = { QUAKELOOM_TRUSTED_PROXIES: bad };
      expect(() => loadConfig({ env, directory: '/' })).toThrow('trustedProxies');
    }
  });
});
