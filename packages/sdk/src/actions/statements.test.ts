import { expect, test } from 'vitest';
import { logged } from '../../test/examples.ts';
import { sendJson, serve } from '../../test/serve.ts';
import { createClient } from '../client/client.ts';
import { listStatements, makeStatement } from './statements.ts';

const list = (url: string) => listStatements(createClient(url), 'acme/double');

test('reads page after page, up to one that is not full', async () => {
  const one = logged(0);
  const all = Array.from({ length: 600 }, (_, index) => ({ ...one, seq: 3 * index }));
  const { url, asked } = await serve((response, { path }) => {
    const query = new URL(path, 'http://hub').searchParams;
    const rest = all.filter(({ seq }) => seq > Number(query.get('after')));
    sendJson(response, { statements: rest.slice(0, Number(query.get('limit'))) });
  });
  expect((await list(url)).statements).toEqual(all);
  expect(asked.map(({ path }) => path.split('?')[1])).toEqual([
    'after=-1&limit=250',
    'after=747&limit=250',
    'after=1497&limit=250',
  ]);
});

test('a release without statements', async () => {
  const { url } = await serve((response) => sendJson(response, { statements: [] }));
  expect(await list(url)).toEqual({ statements: [] });
});

test.each([
  ['the same page again', () => Array.from({ length: 250 }, (_, index) => ({ ...logged(0), seq: index }))],
  ['a page out of order', () => [logged(5), logged(4)]],
  ['one before the first', () => [{ ...logged(0), seq: -1 }]],
])('attack: %s', async (_, page) => {
  const statements = page();
  const { url } = await serve((response) => sendJson(response, { statements }));
  await expect(list(url)).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('do not go on'),
  });
});

test('attack: pages without end are left', async () => {
  const one = logged(0);
  const { url, asked } = await serve((response, { path }) => {
    const after = Number(new URL(path, 'http://hub').searchParams.get('after'));
    // More than was asked for, so that the test is short.
    sendJson(response, {
      statements: Array.from({ length: 20_000 }, (_, index) => ({ ...one, seq: after + 1 + index })),
    });
  });
  await expect(list(url)).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('never end'),
  });
  expect(asked).toHaveLength(6);
});

test('nothing is said without a key', async () => {
  const fact = { kind: 'release.yanked', subject: 'x', body: { yanked: true, note: '' } } as const;
  await expect(makeStatement(createClient('http://hub'), fact)).rejects.toThrow(/no key/);
});
