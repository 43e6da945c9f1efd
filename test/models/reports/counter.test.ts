import { describe, expect, it } from 'vitest';
import {
  createPostCounter,
  type CounterState,
  type PostCounter,
} from '../../../models/reports/count/counter.js';
import { textNetwork } from '../../../models/reports/text/load.js';

const FELT = 'whoa earthquake, my house is shaking';
const NOT = 'lovely tea this morning';

const counterOf = (state: CounterState | null = null): PostCounter =>
  createPostCounter({ network: textNetwork(), salt: 'a salt of this test', state });

function post(id: string, text: string, more: { sharedId?: string; isUpdate?: boolean } = {}) {
  return {
    ...{ kind: 'post' as const, id, author: `author of ${id}`, timeS: 600, text },
    ...{ place: null, isRepeat: false, isBot: false, ...more },
  };
}
const edit = (id: string, text: string) => post(id, text, { isUpdate: true });
const deletion = (id: string) => ({ kind: 'delete' as const, id });
const sum = (counter: PostCounter): number =>
  counter.state().counts.reduce((total, [, n]) => total + n, 0);

describe('edits', () => {
  it('take a post back that no longer says shaking, and count one that now does', () => {
    const counter = counterOf();
    expect(counter.take(post('1', FELT)).counted).not.toBeNull();
    expect(counter.take(edit('1', `${FELT} still`))).toEqual({ counted: null, removed: null });
    expect(sum(counter)).toBe(1);
    expect(counter.take(edit('1', NOT))).toEqual({
      counted: null,
      removed: { timeS: 600, language: 'en' },
    });
    expect(sum(counter)).toBe(0);
    expect(counter.take(edit('1', FELT)).counted).toMatchObject({ timeS: 600, cell: 'none' });
    expect(counter.take(post('2', NOT)).counted).toBeNull();
    expect(counter.take(edit('2', FELT)).counted).not.toBeNull();
    expect(sum(counter)).toBe(2);
    expect(counter.take(deletion('2')).removed).toEqual({ timeS: 600, language: 'en' });
    expect(counter.take(deletion('2')).removed).toBeNull();
    expect(counter.state()).toMatchObject({
      deleted: 1,
      left: { 'seen before': 1, 'edited: no longer first-hand': 1, 'no quake word': 1 },
    });
  });

  it('a deletion that comes before its post keeps it out, also after a restart', () => {
    const counter = counterOf();
    counter.take(deletion('1'));
    const again = counterOf(counter.state());
    expect(again.take(post('1', FELT)).counted).toBeNull();
    expect(again.take(edit('1', FELT)).counted).toBeNull();
    expect(again.take(post('2', FELT)).counted).not.toBeNull();
    expect(again.state().left).toEqual({ 'deleted before it came': 2 });
  });
});

describe('one post over several servers', () => {
  const uri = 'https://a.example/users/x/statuses/1';

  it('counts once; a deletion or an edit at any of them reaches it', () => {
    const counter = counterOf();
    const [a, b] = [post('a/1', FELT, { sharedId: uri }), post('b/77', FELT, { sharedId: uri })];
    expect(counter.take(a).counted).not.toBeNull();
    expect(counter.take(b).counted).toBeNull();
    expect(sum(counter)).toBe(1);
    const restarted = counterOf(counter.state());
    expect(restarted.take(deletion('b/77')).removed).toEqual({ timeS: 600, language: 'en' });
    expect(sum(restarted)).toBe(0);
    // A third server is late, and the first one tells of the deletion too.
    expect(restarted.take(post('c/5', FELT, { sharedId: uri })).counted).toBeNull();
    expect(restarted.take(deletion('a/1')).removed).toBeNull();
    expect(sum(restarted)).toBe(0);
    expect(counter.take({ ...b, text: NOT, isUpdate: true }).removed).not.toBeNull();
    expect(sum(counter)).toBe(0);
  });
});

describe('a restart', () => {
  it('does not give an author who writes too much another five', () => {
    const flood = (i: number) => ({ ...post(`flood ${i}`, FELT), author: 'one', timeS: 600 + i });
    const unbroken = counterOf();
    let broken = counterOf();
    for (let i = 0; i < 40; i++) {
      unbroken.take(flood(i));
      broken.take(flood(i));
      broken = counterOf(JSON.parse(JSON.stringify(broken.state())) as CounterState);
    }
    expect(sum(unbroken)).toBe(5);
    expect(broken.state()).toEqual(unbroken.state());
  });
});
