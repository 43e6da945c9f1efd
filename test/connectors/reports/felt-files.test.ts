import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cdiGeoTxtConnector } from '../../../connectors/reports/cdi-geo-txt.js';
import { readQuestionnaires } from '../../../connectors/reports/questionnaires.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { rejectedOf } from '../../../core/tables/rejected.js';
import { reportItems } from '../../../core/tables/report-table.js';

const folder = mkdtempSync(path.join(tmpdir(), 'felt-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('cdi_geo.txt', () => {
  const header =
    '# USGS DYFI\n# Columns: Geocoded box,CDI,No. of responses,Hypocentral distance,Latitude,Longitude,Suspect?,City,State\n';

  it('boxes with the size in their name, suspects and broken rows refused with a reason', async () => {
    const name = fileOf(
      'cdi_geo.txt',
      `${header}"UTM:(10S 0562 4239 1000)",6.3,12,9,38.2982,-122.2855,0,"Napa","CA"
"UTM:(10S 056 423 10000)",1.0,4,9,38.26,-122.25,0,Napa,CA
"UTM:(10S 0563 4239 1000)",9.0,1,9,38.2982,-122.2741,1,Napa,CA
"UTM:(10S 0562 4239 1000)",6.3,12,9,38.2982,-122.2855,0,Napa,CA
"UTM:(10S 0564 4239 1000)",,3,9,38.2982,-122.2627,0,Napa,CA
"UTM:(10S 0565 4239 1000)",3,3,9,98,-122.2627,0,Napa,CA
`,
    );
    const file = await openSourceFile({ path: name });
    expect(await cdiGeoTxtConnector.probe(file)).toBeGreaterThan(0.8);
    const table = await cdiGeoTxtConnector.read({ file, window: null, options: {} });
    expect(reportItems(table)).toMatchObject([
      { intensity: 6.3, felt: 12, notFelt: 0, radiusKm: Math.SQRT1_2 },
      { intensity: 1, felt: 0, notFelt: 4, radiusKm: 10 * Math.SQRT1_2 },
    ]);
    expect(rejectedOf(table).map(({ at }) => at)).toEqual(['line 5', 'line 6', 'line 7', 'line 8']);
  });

  it('refuses a table without its columns, naming the line', async () => {
    const bare = await openSourceFile({ path: fileOf('bare.txt', '"UTM:(1S 1 1 1)",2\n') });
    await expect(cdiGeoTxtConnector.scan(bare, {})).rejects.toThrow(/line 1/);
    const lacking = await openSourceFile({ path: fileOf('lack.txt', '# Columns: CDI,Latitude\n') });
    await expect(cdiGeoTxtConnector.scan(lacking, {})).rejects.toThrow(/geocoded box/);
  });
});

describe('questionnaires', () => {
  it('CSV and JSON lines, open answers null, impossible ones refused', async () => {
    const csv = fileOf(
      'answers.csv',
      `latitude,longitude,name,felt,other_felt,motion,d_text
38.2975,-122.286,PLANTED,1,,3 + strong,_crackmin _chim
38.3,-122.3,PLANTED,1,9,3,
,,PLANTED,0,,,
1,2
`,
    );
    const read = await readQuestionnaires({ path: csv });
    expect(read.questionnaires).toHaveLength(2);
    expect(read.questionnaires[0]).toMatchObject({
      felt: 1,
      otherFelt: null,
      motion: 3,
      shelf: null,
      damageText: '_crackmin _chim',
      place: { halfStepDeg: { latitude: 5e-5, longitude: 5e-4 } },
    });
    expect(read.questionnaires[1]?.place).toBeNull();
    expect(read.rejected.map(({ reason }) => reason)).toEqual([
      'other_felt: an impossible answer: 0 to 5 or nothing',
      '2 fields, the header has 7',
    ]);
    expect(JSON.stringify(read)).not.toContain('PLANTED');
    const json = fileOf(
      'a.jsonl',
      '{"felt":1,"shelf":2,"latitude":38.5,"longitude":-122}\n[1]\n{\n',
    );
    const lines = await readQuestionnaires({ path: json });
    expect(lines.questionnaires).toMatchObject([{ felt: 1, shelf: 2, motion: null }]);
    expect(lines.rejectedCount).toBe(2);
    expect(lines.reasons).toEqual({ 'not a JSON object': 1, 'not JSON': 1 });
  });

  it.each(['0x2', '1e0', 'NaN', 'Infinity', '-1', 'two', '2..'])(
    '%s is no answer',
    async (text) => {
      const rows = [`${text},38.2,-122.2`, `1,${text},-122.2`, '1,38.2,-122.2'];
      const file = fileOf('odd.csv', `shelf,latitude,longitude\n${rows.join('\n')}\n`);
      const { questionnaires, rejectedCount } = await readQuestionnaires({ path: file });
      // Minus one is a latitude.
      expect([questionnaires.length, rejectedCount]).toEqual(text === '-1' ? [2, 1] : [1, 2]);
    },
  );

  it('refuses a file that is neither', async () => {
    const file = fileOf('other.csv', 'a,b\n1,2\n');
    await expect(readQuestionnaires({ path: file })).rejects.toThrow(/line 1/);
  });
});
