import type { Manifest } from '@callable/protocol';
import { Check, type TSchema } from '@callable/protocol/schema';
import { createReleaseView, createTestNode } from '@callable/stand-ins';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

type Content = Record<string, { schema: TSchema; example?: unknown; 'x-events'?: Record<string, object> }>;
type Operation = {
  parameters?: { name: string; in: string; required?: boolean; example?: string }[];
  requestBody?: { content: Content };
  responses: Record<string, { content: Content; headers?: Record<string, object> }>;
};
type Document = { openapi: string; paths: Record<string, Record<string, Operation>> };

const load = async (url: string) => (await (await fetch(`${url}/openapi.json`)).json()) as Document;
const named = ({ parameters = [] }: Operation, place: string) =>
  parameters.filter((one) => one.in === place).map(({ name }) => name);
const fill = (path: string, { parameters = [] }: Operation) =>
  path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(parameters.find((one) => one.name === name)?.example ?? 'missing'),
  );

test('the document is OpenAPI and describes every route of a gateway', async () => {
  await using gateway = await startTestGateway({});
  const document = await load(gateway.url);
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  const model = ['/v2/models/{model}', '/v2/models/{model}/versions/{version}'];
  expect(Object.keys(document.paths).sort()).toEqual(
    [
      '/v1/gateway',
      '/v1/run/{digest}',
      '/v1/run/{publisher}/{nameAtVersion}',
      '/v2',
      '/v2/health/live',
      '/v2/health/ready',
      ...model.flatMap((path) => [path, `${path}/infer`, `${path}/ready`]),
    ].sort(),
  );
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const where = `${method} ${path}`;
      expect(named(operation, 'path'), where).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      // Without a schema of their own the routes still name their parameters, and say nothing of them.
      for (const parameter of operation.parameters ?? [])
        if (parameter.in === 'path') expect(parameter.example, `${where} ${parameter.name}`).toBeDefined();
      // A GET of a call only explains: it has no good answer.
      const good = path.startsWith('/v1/run') && method === 'get' ? '400' : '200';
      expect(Object.keys(operation.responses), where).toEqual([good, 'default']);
      expect(Object.keys(operation.responses['default']?.content ?? {}), where).toEqual(['application/problem+json']);
      expect(operation.requestBody !== undefined, where).toBe(method === 'post');
      if (method === 'post')
        expect(named(operation, 'header'), where).toEqual(
          expect.arrayContaining(['callable-timeout-ms', 'callable-probe', 'callable-signature', 'traceparent']),
        );
    }
  const run = document.paths['/v1/run/{publisher}/{nameAtVersion}']?.['post'];
  expect(Object.keys(run?.responses['200']?.content['text/event-stream']?.['x-events'] ?? {})).toEqual([
    'piece',
    'end',
    'error',
  ]);
});

test.each([
  '/v1/run/{publisher}/{nameAtVersion}',
  '/v2/models/{model}/infer',
  '/v2/models/{model}/versions/{version}/infer',
])('a call made of the document alone is answered as it says: %s', async (path) => {
  const publisher = `0x${'ab'.repeat(20)}` as Manifest['publisher'];
  const release = createReleaseView({ publisher });
  await using gateway = await startTestGateway({ releases: [release], nodes: [createTestNode([release])] });
  const operation = (await load(gateway.url)).paths[path]?.['post'] as Operation;
  const [[type, body] = []] = Object.entries(operation.requestBody?.content ?? {});
  const response = await fetch(gateway.url + fill(path, operation), {
    method: 'POST',
    headers: { 'content-type': type ?? '' },
    body: JSON.stringify(body?.example ?? (body?.schema as { examples?: unknown[] } | undefined)?.examples?.[0]),
  });
  expect(response.status).toBe(200);
  const said = operation.responses['200'];
  const schema = said?.content['application/json']?.schema as TSchema;
  expect(Check(schema, await response.json())).toBe(true);
  expect(Check(schema, {})).toBe(false);
  for (const [name] of response.headers)
    if (name.startsWith('callable-')) expect(Object.keys(said?.headers ?? {})).toContain(name);
});

test('what fails answers with the problem the document describes', async () => {
  await using gateway = await startTestGateway({});
  const document = await load(gateway.url);
  for (const path of ['/v1/run/{digest}', '/v2/models/{model}/infer']) {
    const operation = document.paths[path]?.['post'] as Operation;
    const response = await fetch(gateway.url + fill(path, operation), { method: 'POST', body: '{}' });
    expect(response.status, path).toBe(404);
    const schema = operation.responses['default']?.content['application/problem+json']?.schema as TSchema;
    expect(Check(schema, await response.json()), path).toBe(true);
  }
});

test('the document is only said: no body is validated or parsed by it', async () => {
  const release = createReleaseView();
  const node = createTestNode([release], {
    answer: async (self, head) => ({ head: self.sign(release, head, Buffer.from('{}')), body: Buffer.from('{}') }),
  });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const body = 'no JSON at all';
  const headers = { 'callable-probe': 'maybe' };
  const response = await fetch(`${gateway.url}/v1/run/${release.reference}`, { method: 'POST', body, headers });
  expect(response.status).toBe(200);
  expect(Buffer.from(node.calls[0]?.body ?? []).toString()).toBe(body);
});
