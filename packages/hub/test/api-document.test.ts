import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

type Operation = {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  responses?: Record<string, object>;
  requestBody?: { content: Record<string, { schema: object }> };
};

const load = async () =>
  (await fetch(`${hub.url}/openapi.json`).then((answer) => answer.json())) as {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
  };

test('the document is OpenAPI', async () => {
  expect(await new Validator().validate(await load())).toEqual({ valid: true });
});

test('it describes every route, with its parameters', async () => {
  const document = await load();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+/);
  const core = [
    'releases',
    'releases/{publisher}/{release}',
    'releases/{release}/events',
    'uploads',
    'nodes',
    'statements',
  ];
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      ...core.map((path) => `/v1/${path}`),
      '/v1/tasks/{id}/complete',
      '/readyz',
      '/reasons/{code}',
    ]),
  );
  for (const [path, operations] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const [method, operation] of Object.entries(operations)) {
      const where = `${method} ${path}`;
      expect(operation.summary, where).toMatch(/\w/);
      const parameters = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(parameters.map((one) => one.name).sort(), where).toEqual(named);
      for (const one of operation.parameters ?? []) {
        expect(['path', 'query', 'header'], where).toContain(one.in);
        expect(one.schema, where).toBeDefined();
        if (one.in !== 'path') continue;
        expect(one.required, where).toBe(true);
        // Without a schema of its own a route still names its parameters, each as a plain text. Those of the Walrus API have
        // none: what it cannot read it refuses as Walrus does.
        if (!path.startsWith('/v1/blobs/')) expect(one.schema, `${where} ${one.name}`).not.toEqual({ type: 'string' });
      }
      expect(Object.keys(operation.responses ?? {}).length, where).toBeGreaterThan(0);
      for (const status of Object.keys(operation.responses ?? {}))
        expect(status, where).toMatch(/^([1-5]\d\d|default)$/);
    }
  }
});

test('it holds only schemas that are JSON Schema', async () => {
  const check = new Ajv2020({ strict: false });
  let checked = 0;
  const { paths } = await load();
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      const schemas = [
        ...(operation.parameters ?? []).map((one) => one.schema ?? {}),
        ...Object.values(operation.requestBody?.content ?? {}).map((one) => one.schema),
        ...Object.values(operation.responses ?? {}).flatMap((response) =>
          Object.values((response as { content?: Record<string, { schema: object }> }).content ?? {}).map(
            (one) => one.schema,
          ),
        ),
      ];
      for (const schema of schemas) {
        checked++;
        expect(
          check.validateSchema(schema),
          `${path}: ${JSON.stringify(schema).slice(0, 200)} ${check.errorsText()}`,
        ).toBe(true);
      }
    }
  }
  expect(checked).toBeGreaterThan(30);
});
