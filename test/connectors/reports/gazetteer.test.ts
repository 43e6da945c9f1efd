import { describe, expect, it } from 'vitest';
import { findPlace, placeNamed } from '../../../connectors/reports/feeds/gazetteer.js';

describe('places named in posts', () => {
  it('an area for a name that means one place, none for shared or everyday names', () => {
    expect(findPlace('earthquake here in Yogyakarta now')).toMatchObject({
      latitude: expect.closeTo(-7.8, 1) as number,
    });
    expect(findPlace('Big quake in San José')?.radiusKm ?? 9).toBeGreaterThan(3);
    expect(findPlace('Nice, a quake again')).toBeNull();
    expect(findPlace('springfield shaking')).toBeNull();
    expect(findPlace('Springfield shaking')).toBeNull();
  });

  it('names in other scripts and with letters that people leave out', () => {
    const near: readonly [string, number, number][] = [
      ['東京で地震！', 35.7, 139.7],
      ['京都で揺れた', 35, 135.8],
      ['台北好大的地震', 25, 121.5],
      ["İstanbul'da deprem oldu", 41, 29],
      ['Diyarbakir deprem', 37.9, 40.2],
      ['Σεισμός στην Αθήνα', 38, 23.7],
      ['землетрясение, Ташкент', 41.3, 69.2],
      ['زلزال بالقاهرة', 30.1, 31.2],
      ['زلزله در تهران', 35.7, 51.4],
      ['서울에서 지진', 37.6, 127],
      ['काठमाडौं मा भूकम्प', 27.7, 85.3],
      ['แผ่นดินไหว เชียงใหม่', 18.8, 99],
      ['大分市で地震', 33.2, 131.6],
    ];
    for (const [text, latitude, longitude] of near) {
      const place = findPlace(text);
      expect(Math.abs((place?.latitude ?? 999) - latitude), text).toBeLessThan(0.2);
      expect(Math.abs((place?.longitude ?? 999) - longitude), text).toBeLessThan(0.2);
    }
    // Names that are words, parts of words, or shared.
    for (const text of ['大分揺れた', 'パリパリの地震', '山口さん', 'San José', 'τώρα σεισμός']) {
      expect(findPlace(text), text).toBeNull();
    }
  });

  it('a typed name is taken as a whole, everyday word or not', () => {
    expect(placeNamed('napa, California')?.latitude).toBeCloseTo(38.3, 1);
    expect(placeNamed('東京都')?.longitude).toBeCloseTo(139.7, 1);
    expect(placeNamed('Springfield')).toBeNull();
    expect(placeNamed('no such place')).toBeNull();
  });
});
