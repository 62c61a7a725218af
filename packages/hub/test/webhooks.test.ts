import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addWebhook, type Client, listWebhooks, removeWebhook } from '@callable/sdk';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinTestNode, playRelease } from './play-release.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

type Got = { headers: Record<string, string>; body: string; type: string };
let hosts = 1;

/** An endpoint over HTTP, at a host of its own: pace is counted by host. `answer` may answer; else it repeats challenges. */
async function openEndpoint(answer: (got: Got, response: ServerResponse) => boolean = () => false) {
  const got: Got[] = [];
  const arrivals = new EventTarget();
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { type, data } = JSON.parse(body);
    const one = { headers: request.headers as Record<string, string>, body, type };
    got.push(one);
    if (!answer(one, response)) response.end(type === 'webhook.verify' ? `echo ${data.challenge}` : '');
    arrivals.dispatchEvent(new Event('got'));
  }).listen(0, '0.0.0.0');
  await once(server, 'listening');
  const url = `http://127.0.0.${++hosts}:${(server.address() as AddressInfo).port}/hook?token=hush`;
  return {
    url,
    got,
    async until(count: number) {
      while (got.length < count) await once(arrivals as never, 'got', { signal: AbortSignal.timeout(20_000) });
      return got;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('webhooks', () => {
  let hub: TestHub;
  let node: Client;
  let ahead = 0;
  beforeAll(async () => {
    hub = await startTestHub({ overrides: { clock: () => Date.now() + ahead } });
    node = await joinTestNode(hub);
  });
  afterAll(() => hub[Symbol.asyncDispose]());
  const lastOf = async (
    client: Client,
    isSo: (hook: Awaited<ReturnType<typeof listWebhooks>>['webhooks'][number]) => boolean,
  ) => {
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      const { webhooks } = await listWebhooks(client);
      const [hook] = webhooks;
      if (hook && isSo(hook)) return hook;
      await hub.ctx.changes.next({ topic: 'job', subject: 'webhooks' }, 100);
    }
    throw new Error(`It did not become so: ${JSON.stringify(await listWebhooks(client))}`);
  };
  const play = (name: string, client = hub.client()) => playRelease(hub, client, node, { name });

  it('tell in order what became of a release, signed so that the library of Standard Webhooks takes it', async () => {
    await using endpoint = await openEndpoint();
    const client = hub.client();
    const release = await play('hooked');
    const kinds = ['release.broke', 'release.recovered', 'release.first_call'] as const;
    const { secret, ...hook } = await addWebhook(client, {
      url: endpoint.url,
      release: release.digest,
      kinds: [...kinds],
    });
    expect(secret).toMatch(/^whsec_/);
    await endpoint.until(1);
    await lastOf(client, ({ state }) => state === 'active');
    await release.probe(true);
    await release.probe(false);
    await endpoint.until(2);
    await release.probe(true);
    await endpoint.until(3);
    await release.call();
    const got = await endpoint.until(4);
    expect(got.map(({ type }) => type)).toEqual(['webhook.verify', ...kinds]);
    expect(JSON.parse(got[1]?.body ?? '')).toMatchObject({
      data: { release: release.digest, condition: 'Reachable', reason: 'NoNodeHoldsModel' },
    });
    const raw = Buffer.from(hook.publicKey.replace('whpk_', ''), 'base64');
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    for (const { headers, body } of got) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
      const signature = /v1a,(\S+)/.exec(headers['webhook-signature'] ?? '')?.[1] ?? '';
      const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
      expect(verify(null, signed, publicKey, Buffer.from(signature, 'base64'))).toBe(true);
    }
    const listed = await lastOf(client, ({ last }) => last?.delivered === true);
    expect(listed).toMatchObject({ url: endpoint.url, state: 'active', failures: 0, last: { status: 200 } });
    expect(JSON.stringify(listed)).not.toContain(secret);
  });

  it('attack: a copy of the database holds neither secret nor address', async () => {
    await using endpoint = await openEndpoint();
    const { secret } = await addWebhook(hub.client(), { url: endpoint.url, release: (await play('leaked')).digest });
    const rows = JSON.stringify(await hub.ctx.db.selectFrom('webhook').selectAll().execute());
    expect(rows).not.toContain('hush');
    expect(rows).not.toContain(secret.slice(6));
  });

  it('of a publisher tell of all its releases; what is not taken is sent again under the same id', async () => {
    let isDown = true;
    await using endpoint = await openEndpoint(({ type }, response) => {
      if (type === 'webhook.verify' || !isDown) return false;
      response.writeHead(503).end();
      return true;
    });
    const client = hub.client();
    const publisher = hub.client();
    await addWebhook(client, {
      url: endpoint.url,
      publisher: addressOfClient(publisher),
      kinds: ['release.published'],
    });
    await lastOf(client, ({ state }) => state === 'active');
    await play('of-publisher', publisher);
    const failed = await lastOf(client, ({ failures }) => failures > 0);
    expect(failed).toMatchObject({ state: 'active', last: { delivered: false, status: 503 } });
    isDown = false;
    // Requests are signed by the true clock, so none is made meanwhile.
    ahead = 10 * 60_000;
    const before = endpoint.got.length;
    await endpoint.until(before + 1);
    ahead = 0;
    const got = endpoint.got.slice(1);
    expect(got.length).toBeGreaterThan(1);
    expect(new Set(got.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
  });

  it('attack: a release that changes all the time has an endpoint that fails asked no sooner', async () => {
    await using endpoint = await openEndpoint(({ type }, response) => {
      if (type === 'webhook.verify') return false;
      response.writeHead(500, { 'retry-after': '3600' }).end();
      return true;
    });
    const client = hub.client();
    const release = await play('restless');
    await addWebhook(client, { url: endpoint.url, release: release.digest });
    await lastOf(client, ({ state }) => state === 'active');
    for (const ok of [true, false, true, false, true]) await release.probe(ok);
    await lastOf(client, ({ failures }) => failures > 0);
    for (const ok of [false, true, false, true]) await release.probe(ok);
    expect(await lastOf(client, ({ nextAttemptAt }) => nextAttemptAt !== null)).toMatchObject({ failures: 1 });
    expect(endpoint.got.length).toBe(2);
  });

  it('attack: an endpoint that answers 200 to everything is told nothing, and asked no more than a few times', async () => {
    await using victim = await openEndpoint((_, response) => {
      response.end('welcome');
      return true;
    });
    const client = hub.client();
    const release = await play('aimed');
    await addWebhook(client, { url: victim.url, release: release.digest });
    await release.probe(true);
    const hook = await lastOf(client, ({ failures }) => failures === 1);
    expect(hook).toMatchObject({
      state: 'pending',
      last: { delivered: false, message: 'It answered without the challenge.' },
    });
    expect(victim.got.map(({ type }) => type)).toEqual(['webhook.verify']);
  });

  it('attack: thirty webhooks of three keys to one victim are six dials a minute', async () => {
    await using victim = await openEndpoint((_, response) => {
      response.end();
      return true;
    });
    const { digest } = await play('flood');
    for (const client of [hub.client(), hub.client(), hub.client()]) {
      for (let nth = 0; nth < 10; nth++) await addWebhook(client, { url: `${victim.url}${nth}`, release: digest });
      await expect(addWebhook(client, { url: victim.url, release: digest })).rejects.toMatchObject({
        code: 'TooManyWebhooks',
      });
    }
    const waiting = () =>
      hub.ctx.db
        .selectFrom('job')
        .select('id')
        .where('step', '=', 'deliver')
        .where('state', '<>', 'done')
        .where('settled_at', 'is', null)
        .execute();
    while ((await waiting()).length > 0) await hub.ctx.changes.next({ topic: 'job', subject: 'webhooks' }, 100);
    // A minute may have begun between them.
    expect(victim.got.length).toBeLessThanOrEqual(12);
    expect(victim.got.length).toBeGreaterThan(0);
  });

  it('attack: slow endpoints of one victim are asked two at a time, and have nobody else wait', async () => {
    const waiting: ServerResponse[] = [];
    await using victim = await openEndpoint((_, response) => {
      waiting.push(response);
      return true;
    });
    await using quick = await openEndpoint();
    const { digest } = await play('slow');
    const client = hub.client();
    for (let nth = 0; nth < 5; nth++) await addWebhook(client, { url: `${victim.url}${nth}`, release: digest });
    await victim.until(2);
    const other = hub.client();
    await addWebhook(other, { url: quick.url, release: digest });
    await lastOf(other, ({ state }) => state === 'active');
    expect(victim.got.length).toBe(2);
    for (const response of waiting) response.end();
  });

  it('attack: a redirect is a failure, and leads nobody on', async () => {
    await using inner = await openEndpoint();
    await using endpoint = await openEndpoint((_, response) => {
      response.writeHead(307, { location: inner.url }).end();
      return true;
    });
    const client = hub.client();
    await addWebhook(client, { url: endpoint.url, release: (await play('redirected')).digest });
    expect((await lastOf(client, ({ failures }) => failures === 1)).last?.status).toBe(307);
    expect(inner.got).toEqual([]);
  });

  it('one that answers 410 is disabled, with the reason', async () => {
    await using endpoint = await openEndpoint((_, response) => {
      response.writeHead(410).end();
      return true;
    });
    const client = hub.client();
    await addWebhook(client, { url: endpoint.url, release: (await play('gone')).digest });
    expect(await lastOf(client, ({ state }) => state === 'disabled')).toMatchObject({
      reason: 'EndpointGone',
      nextAttemptAt: null,
    });
  });

  /** By the database: requests are signed by the true clock, so none is made while the hub's is ahead. */
  const untilNoted = (id: string, failures: number) =>
    expect
      .poll(
        async () =>
          (await hub.ctx.db.selectFrom('webhook').select('failures').where('id', '=', id).executeTakeFirst())?.failures,
        { timeout: 20_000 },
      )
      .toBe(failures);

  it('attack: an endpoint that never repeats its challenge is asked five times, and then never again', async () => {
    await using victim = await openEndpoint((_, response) => {
      response.end('welcome');
      return true;
    });
    const client = hub.client();
    const { id } = await addWebhook(client, { url: victim.url, release: (await play('unwanted')).digest });
    for (let attempt = 1; attempt <= 5; attempt++) {
      await untilNoted(id, attempt);
      ahead += 3 * 3600_000;
    }
    ahead = 0;
    expect(await lastOf(client, ({ state }) => state === 'disabled')).toMatchObject({
      reason: 'EndpointUnverified',
      nextAttemptAt: null,
    });
    expect(victim.got.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => 'webhook.verify'));
  });

  it('one that has failed for three days is disabled, with the reason', async () => {
    await using endpoint = await openEndpoint(({ type }, response) => {
      if (type === 'webhook.verify') return false;
      response.writeHead(500).end();
      return true;
    });
    const client = hub.client();
    const release = await play('forgotten');
    const { id } = await addWebhook(client, { url: endpoint.url, release: release.digest });
    await lastOf(client, ({ state }) => state === 'active');
    await release.probe(true);
    await untilNoted(id, 1);
    ahead = 73 * 3600_000;
    await untilNoted(id, 2);
    ahead = 0;
    expect(await lastOf(client, ({ state }) => state === 'disabled')).toMatchObject({ reason: 'EndpointFailing' });
  });

  it('attack: nobody sees or ends the webhook of another', async () => {
    await using endpoint = await openEndpoint();
    const [owner, other] = [hub.client(), hub.client()];
    const { id } = await addWebhook(owner, { url: endpoint.url, release: (await play('private')).digest });
    expect((await listWebhooks(other)).webhooks).toEqual([]);
    await expect(removeWebhook(other, id)).rejects.toMatchObject({ code: 'WebhookNotFound' });
    expect((await fetch(`${hub.url}/v1/webhooks`)).status).toBe(401);
    await removeWebhook(owner, id);
    expect((await listWebhooks(owner)).webhooks).toEqual([]);
  });
});

it('attack: a hub that the world reaches dials no private address, no plain http, and no port of mail', async () => {
  await using hub = await startTestHub({ config: { peerScope: 'public' } });
  const client = hub.client();
  const publisher = addressOfClient(client);
  const urls = [
    ...[
      'http://example.com/x',
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://10.0.0.1/',
      'https://169.254.169.254/latest',
    ],
    ...[
      'https://0x7f.1/',
      'https://[::ffff:127.0.0.1]/',
      'https://localhost/',
      'https://a:b@example.com/',
      'https://example.com:25/',
    ],
    ...['ftp://example.com', 'javascript:alert(1)', 'file:///etc/passwd', 'not a url at all'],
  ];
  for (const url of urls) {
    const failure = await addWebhook(client, { url, publisher }).catch((error: unknown) => error);
    expect([url, failure]).toMatchObject([url, { code: 'WebhookUrlInvalid' }]);
  }
  expect((await listWebhooks(client)).webhooks).toEqual([]);
});
