import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { endInTime } from '@callable/http';
import { addressOf, defaultPolicy, findReason, type PrivateKey, type ReleaseList } from '@callable/protocol';
import { type Client, createClient, getRelease, listReleases, makeStatement, watchRelease } from '@callable/sdk';
import {
  conditionOf,
  fetchFrom,
  isTrue,
  joinAsNode,
  lease,
  publishBytes,
  randomKey,
  sendBytes,
  sha256,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits, registerHub, serverOptions } from '../src/index.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

const publish = (client: Client, fields: Record<string, unknown>) =>
  publishBytes(client, Buffer.from('listed'), fields);

describe('the list of releases', () => {
  let client: Client;
  const titles = ['100% sure', '1000 sure', 'snake_case', 'snakexcase', 'back\\slash', 'UPPER Äpfel', 'plain'];
  beforeAll(async () => {
    client = hub.client();
    for (const [i, title] of titles.entries()) await publish(client, { name: `listed-${i}`, title });
  });
  const publisher = () => addressOf(client.key as PrivateKey);
  const found = async (search: string) =>
    (await listReleases(client, { search, publisher: publisher() })).releases.map((one) => one.title).sort();

  it.each([
    ['100%', ['100% sure']],
    ['e_c', ['snake_case']],
    ['%', ['100% sure']],
    ['_', ['snake_case']],
    ['\\', ['back\\slash']],
    ['äPFEL upper', ['UPPER Äpfel']],
    ["' or 1=1 --", []],
    ['sure listed', ['100% sure', '1000 sure']],
  ])('searching %j takes every character as itself', async (search, expected) => {
    expect(await found(search)).toEqual(expected);
  });

  it('is paged without gaps or doubles while others publish, newest first', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: ReleaseList = await listReleases(client, {
        publisher: publisher(),
        limit: 2,
        ...(after ? { after } : {}),
      });
      seen.push(...page.releases.map((one) => one.title ?? ''));
      after = page.next;
      if (seen.length === 2) await publish(client, { name: 'listed-late', title: 'late' });
    } while (after);
    expect(seen).toEqual([...titles].reverse());
  });

  it('is filtered by publisher, by handle and by callable', async () => {
    const other = hub.client();
    const handle = 'lists-things';
    await makeStatement(other, { kind: 'handle.claimed', subject: handle, body: { handle } });
    const { digest } = await publish(other, { name: 'by-handle' });
    for (const name of [handle, addressOf(other.key as PrivateKey)]) {
      const { releases } = await listReleases(client, { publisher: name });
      expect(releases.map((one) => [one.digest, one.handle])).toEqual([[digest, handle]]);
    }
    expect((await listReleases(client, { callable: true })).releases).toEqual([]);
    expect((await listReleases(client, { callable: false })).releases.length).toBeGreaterThan(5);
    await expect(listReleases(client, { publisher: 'nobody-has-this' })).rejects.toMatchObject({
      code: 'HandleNotFound',
    });
    await expect(listReleases(client, { publisher: '../x' })).rejects.toMatchObject({ code: 'NameInvalid' });
  });

  it('a release whose checks grow old leaves the list of the callable by itself', async () => {
    const policy = { ...defaultPolicy, freshness: { ...defaultPolicy.freshness, storedSeconds: 1 } };
    await using aging = await startTestHub({ config: { policy } });
    const { digest } = await publish(aging.client(), { name: 'ages' });
    await untilRelease(aging.client(), digest, isTrue('Stored'));
    await aging.ctx.db.updateTable('job').set({ run_at: 1e15 }).where('step', '=', 'store').execute();
    await expect
      .poll(async () => conditionOf(await getRelease(aging.client(), digest), 'Stored').reason, { timeout: 3000 })
      .toBe('CheckStale');
  });
  it.each([
    'after=x',
    'after=1.sha256:zz',
    'limit=0',
    'limit=201',
    'limit=x',
    'callable=maybe',
    'search=%00',
    'search=a&search=b',
    `search=${'x'.repeat(300)}`,
  ])('refuses ?%s with a problem document', async (query) => {
    const answer = await fetch(`${hub.url}/v1/releases?${query}`);
    expect(await answer.json()).toMatchObject({ code: 'RequestInvalid', status: 400 });
  });
});

describe('live events', () => {
  it('tell the release at once, on each change, and end when the client goes', async () => {
    const client = hub.client();
    const { digest } = await publish(client, { name: 'watched' });
    await untilRelease(client, digest, (view) => conditionOf(view, 'Verified').message.includes('No node'));
    const stop = new AbortController();
    const events = watchRelease(client, digest, { signal: stop.signal });
    const first = await events.next();
    expect(conditionOf(first.value as never, 'Stored').status).toBe('True');
    const second = events.next();
    const node = hub.client();
    await joinAsNode(node);
    await validateNext(node);
    expect(conditionOf((await second).value as never, 'Verified').message).not.toContain('No node');
    stop.abort();
    await expect(events.next()).rejects.toThrow(/abort/i);
  });

  it('are bounded for each network, and a stream that ends makes room', async () => {
    await using small = await startTestHub({ config: { limits: { ...defaultLimits, followersPerNetwork: 2 } } });
    const { digest } = await publish(small.client(), { name: 'followed' });
    const open = async (from: string) => {
      const leave = new AbortController();
      const url = `${small.url}/v1/releases/${digest}/events`;
      return { leave, answer: await fetchFrom(from)(url, { signal: leave.signal }) };
    };
    const [first] = [await open('198.51.100.1'), await open('198.51.100.1')];
    const { answer } = await open('198.51.100.1');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '10']);
    expect(await answer.json()).toMatchObject({ code: 'TooManyFollowers' });
    expect((await open('203.0.113.1')).answer.status).toBe(200);
    first.leave.abort();
    await expect.poll(async () => (await open('198.51.100.1')).answer.status).toBe(200);
  });

  it('of a release that does not exist are a problem document', async () => {
    const answer = await fetch(`${hub.url}/v1/releases/sha256:${'a'.repeat(64)}/events`);
    expect(await answer.json()).toMatchObject({ code: 'ReleaseNotFound', status: 404 });
  });

  it('do not hold up a server that closes, nor does a node waiting for work', async () => {
    const server = fastify({ ...serverOptions, forceCloseConnections: 'idle' });
    endInTime(server);
    await registerHub(server, hub.ctx);
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const node = createClient(url, { key: randomKey() });
    await joinAsNode(node);
    const { digest } = await publish(hub.client(), { name: 'open' });
    const events = await fetch(`${url}/v1/releases/${digest}/events`);
    const reader = events.body?.getReader();
    await reader?.read();
    await lease(node, 0);
    const waiting = lease(node, 30_000).catch(() => null);
    const startedAt = Date.now();
    await server.close();
    expect(Date.now() - startedAt).toBeLessThan(5000);
    await waiting;
  });

  it('many requests over one connection leave no listeners on it', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.name);
    process.on('warning', hear);
    const node = hub.client();
    await joinAsNode(node);
    for (let i = 0; i < 15; i++) await lease(node, 0);
    process.off('warning', hear);
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });
});

describe('bodies', () => {
  const send = async (body: Uint8Array, headers: Record<string, string> = {}) => {
    const method = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
    const answer = await fetch(`${hub.url}/v1/uploads`, method as RequestInit);
    return { status: answer.status, ...((await answer.json()) as { code: string; title: string }) };
  };
  const unsigned = JSON.stringify({ files: [{ size: 0, sha256: '0'.repeat(64), chunks: [] }] });

  it.each([
    ['UTF-8 behind a byte order mark', Buffer.from(`\ufeff${unsigned}`)],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${unsigned}`, 'utf16le')],
  ])('JSON as %s is read', async (_, body) => expect(await send(body)).toMatchObject({ code: 'SignatureMissing' }));

  it('UTF-16 without its mark is not JSON', async () =>
    expect(await send(Buffer.from(unsigned, 'utf16le'))).toMatchObject({ code: 'InvalidJson' }));

  it('what is compressed is refused by its name, JSON and chunks alike', async () => {
    const encoded = { status: 415, code: 'MediaTypeUnsupported', title: expect.stringContaining('"gzip"') };
    expect(await send(gzipSync(unsigned), { 'content-encoding': 'gzip' })).toMatchObject(encoded);
    expect(await send(Buffer.from(unsigned), { 'content-encoding': 'Identity' })).toMatchObject({ status: 401 });
    const chunk = `${hub.url}/v1/uploads/${'0'.repeat(32)}/files/${'0'.repeat(64)}/chunks/0`;
    const headers = { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' };
    const answer = await fetch(chunk, { method: 'PUT', headers, body: gzipSync('x') });
    expect(await answer.json()).toMatchObject(encoded);
  });
});

describe('files', () => {
  const bytes = randomBytes(1000);
  const file = () => `${hub.url}/v1/files/${sha256(bytes)}`;
  beforeAll(() => sendBytes(hub.client(), bytes));

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=990-', 990, 1000],
    ['bytes=-10', 990, 1000],
    ['bytes=-5000', 0, 1000],
    ['bytes=999-5000', 999, 1000],
    ['bytes=0-99999999999999999999999', 0, 1000],
  ])('answers the range %s', async (range, start, end) => {
    const answer = await fetch(file(), { headers: { range } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each(['bytes=1000-', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    'a finished download that is resumed, by %s, is told how long the file is',
    async (range) => {
      const answer = await fetch(file(), { headers: { range } });
      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe('bytes */1000');
      expect(await answer.json()).toMatchObject({ code: 'RangeNotSatisfiable' });
    },
  );

  it.each(['bytes=5-4', 'bytes=-', 'bytes=a-b', 'bytes=0-1,3-4', 'items=0-1', 'bytes=-1-1'])(
    'what is no range of bytes, %s, is passed over and all is sent',
    async (range) => {
      const answer = await fetch(file(), { headers: { range } });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([200, null]);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    },
  );

  it('are served as bytes nobody takes for a page, whole, and by HEAD without them', async () => {
    const answer = await fetch(file());
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    const head = await fetch(file(), { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('1000');
  });

  it('a client that goes away in the middle leaves no file open', async () => {
    const large = randomBytes(6_000_000);
    await sendBytes(hub.client(), large);
    const opened = async () => {
      const links = await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      );
      return links.filter((link) => link.includes(sha256(large))).length;
    };
    for (let i = 0; i < 5; i++) {
      const request = httpRequest(`${hub.url}/v1/files/${sha256(large)}`).end();
      const [response] = await once(request, 'response');
      await once(response, 'readable');
      request.destroy();
    }
    await expect.poll(opened).toBe(0);
  });
});

describe('whatever does not fit', () => {
  it.each([
    ['GET', '/nowhere', {}, undefined, 404],
    ['DELETE', '/v1/releases', {}, undefined, 404],
    ['GET', '/v1/releases/no-slash', {}, undefined, 422],
    ['GET', '/v1/releases/UPPER/x', {}, undefined, 422],
    ['GET', '/v1/releases/a%00b/x', {}, undefined, 422],
    ['GET', `/v1/releases/${'x'.repeat(5000)}/x`, {}, undefined, 400],
    ['GET', '/v1/releases/%ZZ/x', {}, undefined, 400],
    ['GET', `/v1/files/${'g'.repeat(64)}`, {}, undefined, 400],
    ['GET', `/v1/files/${'a'.repeat(64)}`, {}, undefined, 404],
    ['GET', '/v1/files/..%2f..%2fetc%2fpasswd', {}, undefined, 400],
    ['GET', `/v1/statements/sha256:${'a'.repeat(64)}`, {}, undefined, 404],
    ['GET', `/v1/uploads/${'a'.repeat(32)}`, {}, undefined, 401],
    ['GET', '/reasons/Nope', {}, undefined, 404],
    ['GET', '/reasons/constructor', {}, undefined, 404],
    ['POST', '/v1/statements', { 'content-type': 'text/plain' }, 'x', 415],
    ['POST', '/v1/statements', { 'content-type': 'application/xml' }, '<x/>', 415],
    ['POST', '/v1/statements', { 'content-type': 'application/json' }, `"${'x'.repeat(1.5e6)}"`, 413],
    ['POST', '/v1/statements', { 'content-type': 'application/json' }, '{"kind":', 400],
    ['POST', '/v1/tasks/lease', { 'content-type': 'application/json' }, '{}', 400],
    ['POST', '/v1/tasks/%00/complete', { 'content-type': 'application/json' }, '{}', 400],
    ['POST', '/v1/receipts', { 'content-type': 'application/json' }, '{"reports":[]}', 410],
    ['POST', '/v1/calls', { 'content-type': 'application/vnd.callable.segment' }, 'CRS', 401],
    ['POST', '/v1/calls', { 'content-type': 'application/json' }, '{}', 415],
  ])('%.4s %.60s is a problem document with a remedy', async (method, path, headers, body, status) => {
    const answer = await fetch(hub.url + path, { method, headers: headers as HeadersInit, ...(body ? { body } : {}) });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await answer.json()) as { code: string; title: string; type: string; requestId: string };
    const reason = findReason(problem.code);
    expect(problem.title).toContain(reason?.next ?? 'never');
    expect(problem.type).toBe(`/reasons/${problem.code}`);
    const shown = (await fetch(hub.url + problem.type).then((one) => one.json())) as object;
    expect(shown).toMatchObject({ code: problem.code, ...reason });
  });
});
