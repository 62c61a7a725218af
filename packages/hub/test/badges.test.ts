import type { Condition, ReleaseState } from '@callable/protocol';
import { type Client, makeStatement } from '@callable/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { badgeColors, drawBadge, labelColor } from '../src/badges/draw-badge.ts';
import { sayBadge } from '../src/badges/say-badge.ts';
import { joinTestNode, playRelease } from './play-release.ts';
import { childrenOf, readXml, textOf } from './read-xml.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const minuteMs = 60_000;

describe('the badge of a release', () => {
  let hub: TestHub;
  let node: Client;
  let publisher: Client;
  let ahead = 0;
  beforeAll(async () => {
    hub = await startTestHub({ overrides: { clock: () => Date.now() + ahead } });
    node = await joinTestNode(hub);
  });
  afterAll(() => hub[Symbol.asyncDispose]());
  beforeEach(() => {
    publisher = hub.client();
  });

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${hub.url}/badge/${path}`, { headers });
  async function words(path: string) {
    const answer = await get(path);
    return { status: answer.status, title: textOf(readXml(await answer.text()), 'title') };
  }
  const play = (name: string) => playRelease(hub, publisher, node, { name });

  it('says what is true now, and how long ago it worked', async () => {
    const release = await play('iris');
    const says = async (title: string) => expect(await words(`${release.digest}.svg`)).toEqual({ status: 200, title });
    await says('iris: not callable yet: probe failed');
    await release.probe(true);
    await says('iris: callable');
    await release.call(hub.ctx.clock() - 4.5 * minuteMs);
    await says('iris: worked 4 min ago');
    await release.probe(false);
    const day = new Date().toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
    await says(`iris: broken since ${day}`);
    await release.probe(true);
    await says('iris: worked 4 min ago');
    ahead = 40 * 24 * 60 * minuteMs;
    await says('iris: not known: check stale');
    ahead = 0;
    await makeStatement(publisher, {
      kind: 'release.yanked',
      subject: release.digest,
      body: { yanked: true, note: '' },
    });
    await says('iris: yanked');
  });

  it('a release that never was callable is not called broken', async () => {
    const release = await play('never');
    await release.probe(false, 'OutOfMemory');
    expect(await words(`${release.digest}.svg`)).toEqual({ status: 200, title: 'never: not callable: out of memory' });
  });

  it('is found by digest, by name, by version and by handle', async () => {
    const { digest, reference } = await play('named');
    const name = reference.split('@')[0];
    for (const path of [digest, reference, name, encodeURIComponent(digest)])
      expect((await words(`${path}.svg`)).title).toBe('named: not callable yet: probe failed');
  });

  it.each([
    `sha256:${'0'.repeat(64)}`,
    'nobody-at-all/iris',
    `0x${'1'.repeat(40)}/iris@1.0.0`,
    'what is this',
    '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    `${'%22%3E'.repeat(9)}/x%3Cb%3E`,
  ])('of something unknown (%s) it says so, with 404', async (path) => {
    for (const ending of ['svg', 'json']) {
      const answer = await get(`${path}.${ending}`);
      expect(answer.status).toBe(404);
      const text = await answer.text();
      if (ending === 'svg') expect(textOf(readXml(text), 'title')).toBe('callable: unknown');
      else expect(JSON.parse(text)).toMatchObject({ message: 'unknown', isError: true });
    }
  });

  it('an address that ends otherwise is none', async () => {
    expect((await get(`${(await play('bare')).reference}.png`)).status).toBe(404);
    expect((await get(`${`x`.repeat(200)}.svg`)).status).toBe(400);
  });

  it('speaks to shields.io as its endpoint schema has it', async () => {
    const release = await play('shield');
    await release.probe(true);
    const answer = await get(`${release.reference}.json`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual({
      schemaVersion: 1,
      label: 'shield',
      message: 'callable',
      color: badgeColors.good,
      isError: false,
    });
  });

  it('is kept as long as its words are true, and answered 304 to who has it', async () => {
    const release = await play('kept');
    await release.probe(true);
    const seconds = async () => {
      const [, text] =
        /^public, max-age=(\d+)$/.exec((await get(`${release.digest}.svg`)).headers.get('cache-control') ?? '') ?? [];
      return Number(text);
    };
    expect(await seconds()).toBe(60);
    await release.call(hub.ctx.clock() - 4.5 * minuteMs);
    expect(await seconds()).toBeGreaterThanOrEqual(10);
    expect(await seconds()).toBeLessThanOrEqual(30);
    await release.call(hub.ctx.clock());
    const first = await get(`${release.digest}.svg`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const again = await get(`${release.digest}.svg`, { 'if-none-match': `"other", W/${etag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    await release.probe(false);
    expect((await get(`${release.digest}.svg`, { 'if-none-match': etag })).status).toBe(200);
  });

  it('attack: opened as a page of its own it runs and fetches nothing', async () => {
    const answer = await get('a/b.svg');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
  });

  it('attack: a badge on a page that everybody opens wakes no check', async () => {
    const { digest } = await play('popular');
    hub.ctx.looks.take();
    await get(`${digest}.svg`);
    expect(hub.ctx.looks.take()).not.toContain(digest);
  });
});

describe('the words of a badge', () => {
  const now = Date.UTC(2026, 10, 30, 12);
  const condition = (type: string, status: string, reason: string, at = now) =>
    ({ type, status, reason, lastTransitionTime: new Date(at).toISOString() }) as Condition;
  const callable = ['Uploaded', 'Stored', 'Verified', 'Reachable'].map((type) => condition(type, 'True', 'Fine'));
  const notices: ReleaseState['notices'] = { yanked: null, deprecated: null, refused: null };
  const say = (conditions: Condition[], lastGoodAt: number | null, phase: 'new' | 'callable' | 'broken' = 'callable') =>
    sayBadge(
      { name: 'iris', state: { calls: { lastGoodAt } as ReleaseState['calls'], notices }, conditions, phase },
      now,
    );
  const worked = condition('Worked', 'True', 'CalledIndependently');
  const after = (ms: number) => say([...callable, worked], now - ms);

  test.each([
    [0, 'worked just now', 60_000],
    [-5000, 'worked just now', 60_000],
    [59_999, 'worked just now', 1],
    [4 * minuteMs, 'worked 4 min ago', 60_000],
    [59 * minuteMs + 59_000, 'worked 59 min ago', 1000],
    [60 * minuteMs, 'worked 1 h ago', 300_000],
    [24 * 60 * minuteMs, 'worked 1 day ago', 300_000],
    [30.5 * 24 * 60 * minuteMs, 'worked 30 days ago', 300_000],
    [31 * 24 * 60 * minuteMs, 'callable', 60_000],
  ])('%i ms after the last good call: %s', (ms, message, freshMs) => {
    expect(after(ms)).toMatchObject({ message, freshMs, tone: 'good' });
  });

  test('what broke in another year says which', () => {
    const broken = (at: number) =>
      say([...callable.slice(0, 3), condition('Reachable', 'False', 'NoNodeFits', at)], null, 'broken');
    expect(broken(Date.UTC(2026, 10, 3)).message).toBe('broken since 3 Nov');
    expect(broken(Date.UTC(2025, 10, 3)).message).toBe('broken since 3 Nov 2025');
  });

  test('a release whose calls fail lately is not praised', () => {
    expect(say([...callable, condition('Worked', 'False', 'RecentFailures')], now)).toMatchObject({
      message: 'calls fail lately',
      tone: 'bad',
    });
  });

  test('attack: texts of strangers in both sides, and a reason of a node that no table has, end no tag', () => {
    const evil = `"/><script>alert('&')</script>\u0000\ud800\u202e${'x'.repeat(500)}`;
    const { message } = say([condition('Uploaded', 'False', evil)], null, 'new');
    expect(message.length).toBeLessThan(60);
    const svg = readXml(drawBadge({ label: evil, message, tone: 'bad' }));
    expect(svg.children.map(({ name }) => name)).toEqual(['title', 'rect', 'path', 'g']);
    expect(textOf(svg, 'title')).toContain('<script>');
    expect(Object.keys(svg.attributes).filter((name) => name.startsWith('on'))).toEqual([]);
  });

  test('it is as wide as its words, and drawn in exactly that width', () => {
    const widthOf = (message: string) => {
      const svg = readXml(drawBadge({ label: 'iris', message, tone: 'good' }));
      const lengths = childrenOf(childrenOf(svg, 'g')[0]!, 'text').map(({ attributes }) =>
        Number(attributes['textLength']),
      );
      expect(Number(svg.attributes['width'])).toBe(lengths.reduce((sum, one) => sum + one + 12, 0));
      return Number(svg.attributes['width']);
    };
    expect(widthOf('worked 59 min ago')).toBeGreaterThan(widthOf('callable') + 40);
    expect(widthOf('iiii')).toBeLessThan(widthOf('WWWW'));
  });

  test('white reads on every colour of it at 4.5 to 1 or better', () => {
    const light = (hex: string) => {
      const [r, g, b] = [1, 3, 5].map((at) => {
        const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const color of [...Object.values(badgeColors), labelColor])
      expect(1.05 / (light(color) + 0.05), color).toBeGreaterThanOrEqual(4.5);
  });
});
