import { createGatewayContext, registerGateway } from '@callable/gateway';
import { createHubContext, defaultHubConfig, registerHub, serverOptions } from '@callable/hub';
import { CallableError, parseHandle, parseModelName } from '@callable/protocol';
import { type FastifyInstance, fastify } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTempDir } from '../../../e2e/support/open-temp-dir.ts';
import { createTestDatabase } from '../../hub/test/create-test-database.ts';

const address = `0x${'ab'.repeat(20)}`;
const digest = `sha256:${'ab'.repeat(32)}`;
const bytes32 = 'ab'.repeat(32);

/** By the parameter of a route: what people may be called there, or null where only a fixed form stands. */
const forms = {
  publisher: (word: string) => parseHandle(word),
  key: (word: string) => parseHandle(word),
  release: (word: string) => parseModelName(word),
  nameAtVersion: (word: string) => parseModelName(word),
  ...{ digest: null, id: null, receipt: null, sha256: null, node: null, seq: null, code: null, file: null },
  ...{ index: null, blobId: null, objectId: null, session: null, number: null },
  // Of /v2: a name there has its slash, and is read by its place.
  ...{ model: null, version: null },
};
const isForm = (name: string): name is keyof typeof forms => Object.hasOwn(forms, name);
const samples: Partial<Record<keyof typeof forms, string>> = {
  ...{ publisher: 'acme', key: address, release: 'iris', nameAtVersion: 'iris', digest, id: digest, receipt: bytes32 },
  ...{
    sha256: bytes32,
    node: address,
    seq: '1',
    code: 'NotReady',
    file: '0',
    index: '0',
    model: digest,
    version: '1.0.0',
  },
};

type Route = { method: string; url: string; parts: string[] };
const routes: Route[] = [];
let app: FastifyInstance;
const closing: AsyncDisposable[] = [];

beforeAll(async () => {
  const place = await openTempDir();
  const database = await createTestDatabase();
  const log = pino({ level: 'silent' });
  const ctx = await createHubContext({ ...defaultHubConfig, dataDir: place.path, databaseUrl: database.url }, { log });
  closing.push(ctx, database, place);
  const gateway = createGatewayContext({}, { log });
  // Says which release was meant.
  const resolve = async (reference: string) => Promise.reject(new CallableError('ReleaseNotFound', reference));
  app = fastify(serverOptions);
  app.addHook('onRoute', ({ method, url }) => {
    // HEAD is answered by the route of GET.
    for (const one of [method].flat().filter((each) => each !== 'HEAD'))
      routes.push({ method: one, url, parts: url.split('/').slice(1) });
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-tell-route']) return reply.send(request.routeOptions.url);
  });
  await registerHub(app, ctx);
  await registerGateway(app, { ...gateway, releases: Object.assign(Object.create(gateway.releases), { resolve }) });
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  for (const one of closing) await one[Symbol.asyncDispose]();
});

const parameterOf = (part: string) => /^:(\w+)/.exec(part)?.[1] ?? null;
/** Every word that stands in an address of ours, and some that might. */
const words = () => [
  ...new Set([
    ...routes.flatMap(({ parts }) => parts),
    'ready',
    'infer',
    'versions',
    'stats',
    'latest',
    'constructor',
    'valueof',
  ]),
];
const encoded = (word: string) => `%${word.charCodeAt(0).toString(16)}${word.slice(1)}`;

test('every parameter of a route says whether people choose it', () => {
  const named = new Set(routes.flatMap(({ parts }) => parts.flatMap((part) => parameterOf(part) ?? [])));
  expect([...named].filter((name) => !isForm(name))).toEqual([]);
});

test('no route takes a name away from a model, an alias, a publisher or a key: the router finds what the name means', async () => {
  const taken: string[] = [];
  let asked = 0;
  for (const { method, url, parts } of routes.filter((route) => !route.url.startsWith('/v2/'))) {
    for (const [at, part] of parts.entries()) {
      const form = forms[parameterOf(part) as keyof typeof forms] ?? null;
      // A regular expression says its form itself: only digests pass.
      if (form === null || part.includes('(')) continue;
      for (const word of words().filter(form))
        for (const spelled of [word, encoded(word), ...(part === ':release' ? [`${word}@1.0.0`] : [])]) {
          const path = parts.map((one, i) => (i === at ? spelled : sampleOf(one)));
          const found = await routeOf(method, path);
          asked += 1;
          if (found !== url) taken.push(`${method} /${path.join('/')} is ${found}, and not ${url}`);
        }
    }
  }
  expect(taken).toEqual([]);
  expect(asked).toBeGreaterThan(500);
});

function sampleOf(part: string): string {
  const name = parameterOf(part);
  if (name === null) return part;
  return part.includes('(') ? digest : (samples[name as keyof typeof forms] ?? '');
}

async function routeOf(method: string, path: string[]): Promise<string> {
  const headers = { 'x-tell-route': '1', host: 'localhost' };
  return (await app.inject({ method: method as 'GET', url: `/${path.join('/')}`, headers })).body;
}

test('under /v2 and /v1/run every name is found too, whatever stands behind it', async () => {
  const meant = async (url: string) => {
    const { body } = await app.inject({ url, headers: { host: 'localhost' } });
    return JSON.parse(body);
  };
  for (const word of words().filter((one) => parseModelName(one))) {
    const name = `${address}/${word}`;
    for (const [path, reference] of [
      [`/v2/models/${name}`, name],
      [`/v2/models/${address}/${encoded(word)}`, name],
      [`/v2/models/${address}%2F${word}`, name],
      [`/v2/models/${name}/ready`, name],
      [`/v2/models/${name}/versions/1.0.0`, `${name}@1.0.0`],
      [`/v2/models/${name}@1.0.0/ready`, `${name}@1.0.0`],
      [`/v1/run/${name}`, name],
      [`/v1/run/${name}@1.0.0`, `${name}@1.0.0`],
    ])
      expect(await meant(path ?? '')).toMatchObject({ code: 'ReleaseNotFound', detail: reference });
    if (parseHandle(word))
      for (const prefix of ['/v2/models', '/v1/run'])
        expect(await meant(`${prefix}/${word}/iris`)).toMatchObject({
          code: 'ReleaseNotFound',
          detail: `${word}/iris`,
        });
  }
});

test('what a digest, a name or neither names is said as it was', async () => {
  const get = async (url: string) => JSON.parse((await app.inject({ url, headers: { host: 'localhost' } })).body);
  for (const tail of ['', '/statements', '/events']) {
    expect(await get(`/v1/releases/${digest}${tail}`)).toMatchObject({
      code: 'ReleaseNotFound',
      detail: expect.stringContaining(digest),
    });
    expect(await get(`/v1/releases/sha256%3A${'ab'.repeat(32)}${tail}`)).toMatchObject({ code: 'ReleaseNotFound' });
    for (const name of ['statements', 'events', 'constructor'])
      expect(await get(`/v1/releases/${address}/${name}${tail}`)).toMatchObject({
        code: 'ReleaseNotFound',
        detail: `There is no model ${address}/${name}.`,
      });
  }
  for (const path of ['releases/acme', 'queue/acme'])
    expect(await get(`/v1/${path}`)).toMatchObject({ code: 'NameInvalid' });
});
