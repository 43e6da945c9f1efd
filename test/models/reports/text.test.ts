import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterPost } from '../../../models/reports/text/filter.js';
import { textNetwork } from '../../../models/reports/text/load.js';
import {
  decodeNetwork,
  encodeNetwork,
  firstHandProbability,
} from '../../../models/reports/text/network.js';
import { MAX_TEXT, foldLetters, plainText } from '../../../models/reports/text/normalise.js';
import { generatePosts } from '../../../models/reports/text/train/generate.js';
import {
  evaluateTextNetwork,
  isFirstHand,
  trainTextNetwork,
} from '../../../models/reports/text/train/train.js';
import { QUAKE_WORDS, findQuakeWord } from '../../../models/reports/text/words.js';

const reasonOf = (text: string): string => {
  const result = filterPost({ text });
  return result.passes ? `passes ${result.language}` : result.reason;
};

describe('normalisation of posts', () => {
  it('takes out links, mentions, markup, direction and invisible characters', () => {
    const plain = plainText(
      '<p>EARTHQUAKE&nbsp;@bob \u202Ehttps://a.example/x\u202C \u200B#Napa soooooo</p>',
    );
    expect(plain).toMatchObject({ text: 'earthquake napa soo', links: 1, mentions: 1, words: 3 });
    expect(foldLetters('Séisme DEPREM İZMİR ЁЛКА ばび')).toBe('seisme deprem izmir елка ばび');
    expect(plainText('😱😱!! 123').hasLetters).toBe(false);
  });

  it('stays bounded for 10 MB and never throws', () => {
    const huge = plainText('earthquake <'.repeat(900_000));
    expect(huge.text.length).toBeLessThanOrEqual(MAX_TEXT);
    expect(huge.isCut).toBe(true);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const plain = plainText(text);
        expect(plain.words).toBeGreaterThanOrEqual(0);
        expect(plain.text).not.toMatch(/[\u202a-\u202e\u200b]/);
      }),
    );
  });
});

describe('filter of posts', () => {
  it('knows words of at least 25 languages, each found in a sentence', () => {
    expect(Object.keys(QUAKE_WORDS).length).toBeGreaterThanOrEqual(25);
    for (const words of Object.values(QUAKE_WORDS)) {
      for (const word of words) expect(findQuakeWord(foldLetters(`x ${word} y`))).not.toBeNull();
    }
    expect(findQuakeWord('handshake and milkshakes')).toBeNull();
  });

  it('gives each reason', () => {
    expect(reasonOf('did you feel that earthquake')).toBe('passes en');
    expect(reasonOf('😱😱')).toBe('no letters');
    expect(reasonOf('nice weather today')).toBe('no quake word');
    expect(reasonOf('RT @a: earthquake!!')).toBe('repeat');
    expect(reasonOf('<p>RT @a: earthquake!!</p>')).toBe('repeat');
    expect(reasonOf('earthquake https://news.example/1')).toBe('link');
    expect(reasonOf('terremoto de 6,1 en Lima')).toBe('magnitude');
    expect(reasonOf('M 5.2 earthquake Napa')).toBe('magnitude');
    expect(reasonOf('USGS reports earthquake')).toBe('bot');
    expect(reasonOf(`earthquake ${'word '.repeat(40)}`)).toBe('too long');
    expect(reasonOf('@a @b @c @d earthquake')).toBe('many mentions');
    expect(reasonOf('地震速報 震源')).toBe('bot');
  });
});

describe('text network', () => {
  it('reaches F1 0.9 on held-out templates, 0.05 over keywords, no language under 0.8', () => {
    const { all, byLanguage, keywords } = evaluateTextNetwork({ network: textNetwork(), seed: 99 });
    expect(all.f1).toBeGreaterThanOrEqual(0.9);
    expect(all.f1).toBeGreaterThanOrEqual(keywords.f1 + 0.05);
    expect(Object.keys(byLanguage).length).toBeGreaterThanOrEqual(10);
    for (const scores of Object.values(byLanguage)) expect(scores.f1).toBeGreaterThanOrEqual(0.8);
  });

  it('reads sentences that no template holds', () => {
    const network = textNetwork();
    expect(isFirstHand(network, 'woah felt that earthquake, my couch is moving')).toBe(true);
    expect(
      isFirstHand(network, 'earthquake survivors thank the relief fund for the new school'),
    ).toBe(false);
  });

  it('shares no held-out template with the training posts', () => {
    const texts = (split: 'train' | 'held-out'): Set<string> =>
      new Set(generatePosts({ split, perTemplate: 3, seed: 1 }).map(({ text }) => text));
    const train = texts('train');
    for (const text of texts('held-out')) expect(train.has(text)).toBe(false);
  });

  it('training gives the shipped bytes; weights survive the round trip; damage is refused', () => {
    const trained = encodeNetwork(trainTextNetwork({ seed: 8 }));
    expect(trained).toBe(encodeNetwork(textNetwork()));
    const again = decodeNetwork(trained);
    expect(firstHandProbability(again, 'earthquake now')).toBe(
      firstHandProbability(textNetwork(), 'earthquake now'),
    );
    expect(() => decodeNetwork('{')).toThrow(/not JSON/);
    expect(() => decodeNetwork('{"kind":"x"}')).toThrow(/another network/);
  });
});
