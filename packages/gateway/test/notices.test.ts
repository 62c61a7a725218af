import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, publisher } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createReleaseDirectory } from '../src/releases/release-directory.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const inputs = JSON.stringify({ X: [[1, 2]] });
const said = { note: 'wrong weights', since: new Date(1_700_000_000_999).toISOString(), statement: 'sha256:00' };
const by = publisher;

/** A gateway whose hub knows this one release by all its names; and the names. */
async function open(release: ReturnType<typeof createReleaseView>) {
  const node = createTestNode([release]);
  const releases = createReleaseDirectory({ lookUp: async () => release, clock: Date.now });
  const gateway = await startTestGateway({ nodes: [node], overrides: { releases } });
  const call = async (path: string, body = inputs) => {
    const response = await fetch(gateway.url + path, { method: 'POST', body });
    return { response, body: (await response.json()) as Record<string, unknown> };
  };
  return { ...gateway, node, call, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test('a yanked release is refused by version, and the remedy that is named works', async () => {
  const release = createReleaseView({}, {}, { yanked: said });
  await using gateway = await open(release);
  const { response, body } = await gateway.call(`/v1/run/${release.reference}`);
  expect([response.status, body.code]).toEqual([410, 'ReleaseYanked']);
  expect(body.detail).toContain('wrong weights');
  expect(gateway.node.calls).toEqual([]);
  const [remedy] = /\S+@sha256:[0-9a-f]{64}/.exec(String(body.detail)) ?? [];
  expect((await gateway.call(`/v1/run/${remedy}`)).response.status).toBe(200);
  expect((await gateway.call(`/v1/run/${release.digest}`)).response.status).toBe(200);
  const ready = (model: string) => fetch(`${gateway.url}/v2/models/${model}/ready`);
  expect((await ready(release.reference)).status).toBe(410);
  expect((await ready(release.digest)).status).toBe(200);
  expect((await ready(String(remedy))).status).toBe(200);
});

test('what is no whole digest is no name', async () => {
  const release = createReleaseView({}, {}, { yanked: said });
  await using gateway = await open(release);
  expect((await gateway.call(`/v1/run/${publisher}/double@sha256:zz`)).body.code).toBe('NameInvalid');
});

test('a refused release ends calls with 451, the reason and the hub, however it is named', async () => {
  const release = createReleaseView({}, {}, { refused: { ...said, by, scopes: ['calls'] } });
  await using gateway = await open(release);
  for (const name of [release.reference, release.digest]) {
    const { response, body } = await gateway.call(`/v1/run/${name}`);
    expect([response.status, body.code]).toEqual([451, 'ReleaseRefused']);
    expect(body.detail).toContain('wrong weights');
    expect(body.detail).toContain(by);
  }
  expect(gateway.node.calls).toEqual([]);
  expect(gateway.reports).toEqual([]);
});

test('a release that is only unlisted answers', async () => {
  const release = createReleaseView({}, {}, { refused: { ...said, by, scopes: ['listing', 'bytes'] } });
  await using gateway = await open(release);
  expect((await gateway.call(`/v1/run/${release.reference}`)).response.status).toBe(200);
});

test('an answer of a deprecated release says so by RFC 9745 and names the successor', async () => {
  const release = createReleaseView({}, {}, { deprecated: { ...said, successor: 'acme/iris2' } });
  await using gateway = await open(release);
  const oip = JSON.stringify({ inputs: [{ name: 'X', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] });
  for (const [path, body] of [
    [`/v1/run/${release.reference}`, inputs],
    [`/v2/models/${publisher}/double/versions/1.0.0/infer`, oip],
  ] as const) {
    const { response } = await gateway.call(path, body);
    expect(response.headers.get('deprecation')).toBe('@1700000000');
    expect(response.headers.get('link')).toContain('</v1/run/acme/iris2>; rel="successor-version"');
    expect(response.headers.get('link')).toContain(`/v1/releases/${release.digest}>; rel="deprecation"`);
  }
  const answer = await runModel(createClient(gateway.url), release.reference, { X: [[1, 2]] });
  expect(answer.deprecated).toEqual({ note: 'wrong weights', successor: 'acme/iris2' });
});

test('attack by a publisher: a successor that is no reference gets into no header', async () => {
  const successor = 'a>; rel="x"\r\nset-cookie: a=b';
  const release = createReleaseView({}, {}, { deprecated: { ...said, successor } });
  await using gateway = await open(release);
  const { response } = await gateway.call(`/v1/run/${release.reference}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('link')).not.toContain('successor');
  expect(response.headers.get('set-cookie')).toBeNull();
});
