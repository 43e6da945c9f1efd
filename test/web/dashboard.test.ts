/** The built dashboard in a real browser, served by the API over a fake catalogue. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { ObjectStore } from '../../core/artifact.js';
import { UnavailableError } from '../../core/errors.js';
import { addSeconds } from '../../core/time.js';
import {
  fakeCatalogue,
  IDS,
  MARKUP,
  sampleCatalogue,
  type FakeCatalogue,
} from '../apps/api/fake-catalogue.js';
import { listen, testApi, TEMPORAL_UI_URL } from '../apps/api/test-server.js';
import { draft } from '../catalogue/drafts.js';
import { describeWithBrowser, launchBrowser } from './browser.js';
import { buildPage } from './built-page.js';
import { pixelCounts } from './pixels.js';
import { sampleShaking } from './sample-shaking.js';

/** Where to leave pictures of the page for a person; none are taken without it. */
const pictures = process.env['QUAKELOOM_SCREENSHOTS'];

const SEA = '215,227,236';
const LAND = '244,242,236';

describeWithBrowser('the dashboard', () => {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof buildPage>>;
  let fake: FakeCatalogue;
  let app: FastifyInstance;
  let url: string;
  let page: Page;
  let complaints: string[];
  let requests: string[];

  beforeAll(async () => {
    built = await buildPage();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    built?.remove();
  });
  beforeEach(() => {
    fake = sampleCatalogue();
    complaints = [];
    requests = [];
  });
  afterEach(async () => {
    await page.context().close();
    await app.close();
    // Whatever a test did, the page must not have asked anybody else.
    expect(requests.filter((address) => !address.startsWith(url))).toEqual([]);
  });

  async function open(
    path = '/',
    options: BrowserContextOptions = {},
    store?: ObjectStore,
  ): Promise<void> {
    app = await testApi(fake, { webRoot: built.root, ...(store ? { store } : {}) });
    url = await listen(app);
    const viewport = { width: 1600, height: 1000 };
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...options });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const address = request.url();
      // Worker code and pictures that the page made itself leave no machine.
      if (!/^(blob|data):/.test(address)) requests.push(address);
    });
    await page.goto(url + path);
  }

  const rows = () => page.locator('#events tbody tr');
  const ids = () => rows().evaluateAll((all) => all.map((row) => row.getAttribute('data-id')));
  const detail = () => page.locator('#detail');
  const mapIdle = () => page.locator('#map[data-state="idle"][data-atlas="loaded"]').waitFor();
  const heading = (name: string) =>
    page.locator('#events thead').getByRole('button', { name, exact: true });
  const picture = async (name: string): Promise<void> => {
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  };

  it('lists the events, draws the map and says that it is live', async () => {
    await open();
    await rows().first().waitFor();
    expect(await ids()).toEqual([IDS.simulated, IDS.guerrero, IDS.oaxaca]);
    const oaxaca = await rows().nth(2).innerText();
    expect(oaxaca).toContain('2018-02-16 23:39:39.1');
    expect(oaxaca).toContain('7.2 6.9 to 7.5');
    expect(oaxaca).toContain('16.52° N, 98.10° W');
    expect(oaxaca).toContain('22 km');
    expect(oaxaca).toContain('99.9 %');
    expect(oaxaca).toContain('phones, felt reports, fibre (DAS)');
    expect(await rows().nth(0).innerText()).toContain('SIMULATED');
    expect(oaxaca).not.toContain('SIMULATED');
    await page.locator('#connection[data-state="live"]').waitFor();
    await mapIdle();
    const colours = await pixelCounts(page.locator('#map'));
    expect(colours.get(SEA) ?? 0).toBeGreaterThan(5000);
    expect(colours.get(LAND) ?? 0).toBeGreaterThan(5000);
    expect(await page.locator('#deformation').innerText()).toContain('7.18 (7.114 to 7.246)');
    expect(await page.locator('#deformation').innerText()).toContain('one line of sight only');
    await picture('wide');
    expect(complaints).toEqual([]);
  });

  it('shows the chosen event: detail, ellipse, address; a link opens it', async () => {
    await open();
    await rows().first().waitFor();
    await mapIdle();
    await page.locator(`tr[data-id="${IDS.oaxaca}"] td`).nth(1).click();
    await detail().getByText('Provenance of version 2').waitFor();
    expect(new URL(page.url()).hash).toBe(`#${IDS.oaxaca}`);
    const text = await detail().innerText();
    expect(text).toContain('magnitude +0.30');
    expect(text).toMatch(/moved 19\.\d km NW/);
    expect(text).toContain('new source: fibre (DAS)');
    expect(text).toContain('+41.5 nats');
    expect(text).toContain('\u22123.25 nats');
    expect(text).toContain('one-sided network');
    expect(text).toContain('4294967295');
    expect(text).toContain('segments/phones-1.arrow');
    const workflow = detail().getByRole('link', { name: 'fuse-mexico-2018-02-16T23:30:00Z' });
    expect(await workflow.getAttribute('href')).toBe(
      `${TEMPORAL_UI_URL}/namespaces/default/workflows/fuse-mexico-2018-02-16T23%3A30%3A00Z`,
    );
    const quakeMl = await detail().getByRole('link', { name: 'QuakeML' }).getAttribute('href');
    const answer = await app.inject({ method: 'GET', url: String(quakeMl) });
    expect([answer.statusCode, answer.body.split('<origin ').length]).toEqual([200, 3]);
    const map = page.locator(`#map[data-ellipse="${IDS.oaxaca}"]`);
    await map.waitFor();
    await mapIdle();
    // Land under the filled ellipse: ink at one tenth over land.
    await expect
      .poll(async () => (await pixelCounts(page.locator('#map'))).get('221,221,217') ?? 0)
      .toBeGreaterThan(500);
    expect(await page.locator('.row-link[aria-current="true"]').count()).toBe(1);
    await picture('wide-selected');

    await page.goto(`${url}/#${IDS.simulated}`);
    await detail().getByText('SIMULATED: made from synthetic observations').waitFor();
    await page.goBack();
    await detail().getByText('Provenance of version 2').waitFor();
    expect(complaints).toEqual([]);
  });

  it('colours the map by shaking and tells how sure it is', async () => {
    const made = sampleShaking(IDS.oaxaca);
    fake = sampleCatalogue({ shaking: [made.row] });
    await open(`/#${IDS.oaxaca}`, {}, made.store);
    await page.locator('#map[data-shaking="mmi"]').waitFor();
    await mapIdle();
    const text = await detail().innerText();
    expect(text).toMatch(/MMI \d\.\d ± \d\.\d/);
    expect(text).toContain('0 station peaks, 0 phones, 0 felt cells');
    expect(
      await detail()
        .getByRole('link', { name: /^shaking\.arrow/ })
        .count(),
    ).toBe(1);
    expect(await page.locator('#shaking-legend').innerText()).toContain('VIII');
    const box = await page.locator('#map canvas').boundingBox();
    if (!box) throw new Error('the map has no size');
    const here = page.locator('#shaking-here');
    await page.mouse.move(box.x + 0.55 * box.width, box.y + 0.5 * box.height);
    await expect
      .poll(() => here.innerText())
      .toMatch(/° N, .*MMI \d\.\d ± \d\.\d; PGA .* gal ×\/÷ \d\.\d; PGV .* cm\/s ×\/÷/);
    await picture('shaking');
    // Purple for doubt: colours that no intensity has.
    const lilac = async (): Promise<number> => {
      await mapIdle();
      let count = 0;
      for (const [colour, pixels] of await pixelCounts(page.locator('#map'))) {
        const [red = 0, green = 0, blue = 0] = colour.split(',').map(Number);
        if (red < 190 && green < red - 5 && blue > red + 20) count += pixels;
      }
      return count;
    };
    const before = await lilac();
    await page.locator('#shaking-layer').selectOption('mmiSigma');
    await expect.poll(lilac).toBeGreaterThan(before + 5000);
    await page.locator('#shaking-layer').selectOption('none');
    await page.locator('#map[data-shaking="none"]').waitFor();
    await expect.poll(lilac).toBeLessThan(before + 1000);
    await page.goto(`${url}/#${IDS.guerrero}`);
    await detail().getByText('no map yet; quakeloom shake --event').waitFor();
    expect(await page.locator('#shaking-legend').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('selects from the map', async () => {
    await open();
    await rows().first().waitFor();
    await page.locator('#connection[data-state="live"]').waitFor();
    await mapIdle();
    const box = await page.locator('#map canvas').boundingBox();
    if (!box) throw new Error('the map has no size');
    // The outlines of both regions and all events were framed: search the grid for a disc.
    await expect
      .poll(async () => {
        for (let x = 0.02; x < 1; x += 0.02) {
          for (let y = 0.1; y < 0.95; y += 0.06) {
            await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
            const cursor = await page
              .locator('#map canvas')
              .evaluate((canvas) => (canvas as HTMLElement).style.cursor);
            if (cursor !== 'pointer') continue;
            await page.mouse.down();
            await page.mouse.up();
            return new URL(page.url()).hash.slice(1);
          }
        }
        return '';
      })
      .toMatch(/^ql/);
    expect(Object.values(IDS)).toContain(new URL(page.url()).hash.slice(1));
    await detail().getByText('Provenance of version').waitFor();
    expect(complaints).toEqual([]);
  });

  it('sorts by heading and walks by keyboard', async () => {
    await open();
    await rows().first().waitFor();
    await heading('M').click();
    expect(await ids()).toEqual([IDS.oaxaca, IDS.simulated, IDS.guerrero]);
    await heading('M').press('Enter');
    expect(await ids()).toEqual([IDS.guerrero, IDS.simulated, IDS.oaxaca]);
    expect(await page.locator('th[aria-sort="ascending"]').innerText()).toContain('M');
    await rows().first().locator('.row-link').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe(`#${IDS.simulated}`);
    await detail().getByText('SIMULATED: made').waitFor();
  });

  it('shows a new event, and a new version of the chosen one, without a reload', async () => {
    await open(`/#${IDS.guerrero}`);
    await detail().getByText('Provenance of version 1').waitFor();
    await page.locator('#connection[data-state="live"]').waitFor();
    expect(await detail().innerText()).toContain(MARKUP);
    expect(await page.title()).toBe('Quakeloom');
    await page.evaluate(() => (document.body.dataset['loaded'] = 'once'));
    const now = addSeconds(new Date().toISOString(), 1);
    fake.add('qlfresh22222', draft({ originTime: '2018-02-19T00:00:00Z', magnitude: 3.3 }), now);
    await page.locator('tr[data-id="qlfresh22222"]').waitFor();
    fake.add(IDS.guerrero, draft({ magnitude: 4.4, longitude: -100.6, latitude: 17.4 }), now);
    await detail().getByText('Provenance of version 2').waitFor();
    expect(await page.locator('body').getAttribute('data-loaded')).toBe('once');
    expect(new URL(page.url()).hash).toBe(`#${IDS.guerrero}`);
    expect(complaints).toEqual([]);
  });

  it('says what to do when there are no events', async () => {
    fake = fakeCatalogue();
    await open();
    await page.getByText('No events yet: run npm run demo.').waitFor();
    await mapIdle();
    await picture('empty');
    expect(complaints).toEqual([]);
  });

  it('says when the catalogue or the API is away, and recovers', async () => {
    await open();
    await rows().first().waitFor();
    await page.locator('#connection[data-state="live"]').waitFor();
    await mapIdle();
    const reason = { what: 'catalogue', reason: 'refused', remedy: 'start the database' };
    fake.breakWith(new UnavailableError(reason));
    const problem = page.locator('#problem');
    await problem.getByText('Catalogue unavailable: refused').waitFor();
    fake.breakWith(null);
    await problem.waitFor({ state: 'hidden' });
    const { port } = new URL(url);
    await app.close();
    await page.locator('#connection[data-state="away"]').waitFor();
    await problem.getByText('The API does not answer').waitFor();
    await picture('away');
    expect(await rows().count()).toBe(3);
    app = await testApi(fake, { webRoot: built.root });
    await app.listen({ host: '127.0.0.1', port: Number(port) });
    await page.locator('#connection[data-state="live"]').waitFor();
    await problem.waitFor({ state: 'hidden' });
  });

  it.each([
    ['narrow', 400, 'light'],
    ['narrow-dark', 400, 'dark'],
    ['wide-dark', 1600, 'dark'],
  ] as const)('fits a %s screen', async (name, width, colorScheme) => {
    const viewport = { width, height: 900 };
    await open(`/#${IDS.simulated}`, { viewport, colorScheme });
    await detail().getByText('Provenance of version 1').waitFor();
    await mapIdle();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    await expect
      .poll(async () => (await pixelCounts(page.locator('#map'))).size)
      .toBeGreaterThan(20);
    await picture(name);
    expect(complaints).toEqual([]);
  });
});
