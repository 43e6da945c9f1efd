import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dyfiGeojsonConnector } from '../../../connectors/reports/dyfi-geojson.js';
import { shakemapStationlistConnector } from '../../../connectors/reports/shakemap-stationlist.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { rejectedOf } from '../../../core/tables/rejected.js';
import { reportItems } from '../../../core/tables/report-table.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'stationlist-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string) {
  const name = path.join(folder, 'dyfi_dat.xml');
  writeFileSync(name, text);
  const file = await openSourceFile({ path: name });
  const table = await shakemapStationlistConnector.read({ file, window: null, options: {} });
  return { items: reportItems(table), rejected: rejectedOf(table) };
}

const UTM = 'code="DYFI.UTM:(10S 0497 4295 1000)" lat="38.8083" lon="-123.0288" netid="DYFI"';

describe('ShakeMap station list', () => {
  it('cells of 1 km, postal codes, and what is no felt report', async () => {
    const { items, rejected } = await read(`<shakemap-data><stationlist>
      <station ${UTM} intensity="2.4" nresp="3"/>
      <station code="91042" name="ZIP Code 91042 (Intensity VII, 38 responses)" lat="34.28"
        lon="-118.24" netid="CIIM" intensity="7.4"><comp name="x"/></station>
      <station code="9" name="&lt;a&gt; (Intensity I, 1 response)" lat="34" lon="-118" netid="CIIM" intensity="1"/>
      <station code="CE.1" lat="38" lon="-122" netid="CE"/>
      <station code="10" lat="95" lon="-118" netid="DYFI" intensity="3" nresp="2"/>
      <station code="11" lat="34" lon="-118" netid="DYFI" intensity="3"/>
      <station code="12" lat="34" lon="-118" netid="DYFI" intensity="3" nresp="many"/>
      <station ${UTM} intensity="2.4" nresp="3"/>
    </stationlist></shakemap-data>`);
    expect(items.map((i) => [i.sourceId, i.intensity, i.felt, i.notFelt])).toEqual([
      ['DYFI.UTM:(10S 0497 4295 1000)', 2.4, 3, 0],
      ['91042', 7.4, 38, 0],
      ['9', 1, 0, 1],
      ['11', 3, 3, 0],
    ]);
    expect(items[0]?.radiusKm).toBeCloseTo(Math.hypot(0.5, 0.5), 12);
    expect(items[1]?.radiusKm).toBe(3);
    expect(rejected.map((r) => r.at)).toEqual([3, 4, 6, 7].map((i) => `station[${i}]`));
    expect(rejected[0]?.reason).toMatch(/CE/);
    expect(rejected[3]?.reason).toMatch(/twice/);
  });

  it.each(['<html></html>', '<stationlist><station code="1"'])('%s is refused', async (text) => {
    await expect(read(text)).rejects.toMatchObject({ _tag: 'CorruptSource' });
  });
});

const NAPA = 'felt/napa-nc72282711';

describeWithSamples('South Napa as list', [`${NAPA}/dyfi_dat.xml`], () => {
  it('has 1641 cells and a subset of the responses of the 10 km product', async () => {
    const list = await openSourceFile({ path: samplePath(`${NAPA}/dyfi_dat.xml`) });
    const cells = await openSourceFile({ path: samplePath(`${NAPA}/dyfi_geo_10km.geojson`) });
    expect(await shakemapStationlistConnector.probe(list)).toBe(0.9);
    const fine = (await shakemapStationlistConnector.scan(list, {})).facts;
    const coarse = (await dyfiGeojsonConnector.scan(cells, {})).facts;
    expect(fine).toMatchObject({ cells: 1641, rejected: 0 });
    expect(fine['felt']).toBeGreaterThan(0.5 * (coarse['felt'] as number));
    expect(fine['felt']).toBeLessThanOrEqual(coarse['felt'] as number);
  });
});
