import { CallableError, reasons } from '@callable/protocol';
import { createClient, getRelease } from '@callable/sdk';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';

type Calls = { createClient: typeof createClient; getRelease: typeof getRelease };

const bundle = async (code: string) => {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
};
const light = "export { createClient, getRelease } from '@callable/sdk';";

let inPage: Calls;
beforeAll(async () => {
  inPage = await import(`data:text/javascript,${encodeURIComponent(await bundle(light))}`);
});

const problem = (code: string, members: object = {}) => {
  const { sentence, next, status, who, retry } = reasons.ReleaseYanked;
  const title = `${sentence} ${next}`;
  const shared = { type: `/reasons/${code}`, charged: false, requestId: 'r1' };
  return Response.json({ ...shared, title, status, detail: sentence, code, who, retry, ...members }, { status });
};
const failing = ({ createClient, getRelease }: Calls, answer: () => Response) => {
  const client = createClient('http://hub.test', { fetch: async () => answer() });
  return getRelease(client, 'acme/iris').catch((error: unknown) => error);
};

describe.each([
  ['Node', () => ({ createClient, getRelease })],
  ['a page', () => inPage],
])('in %s', (where, calls) => {
  test('an error says what the server did and what to do', async () => {
    const error = await failing(calls(), () => problem('ReleaseYanked'));
    const { sentence, next, status, who, retry } = reasons.ReleaseYanked;
    expect(error).toMatchObject({ code: 'ReleaseYanked', message: sentence, remedy: next, status, who, retry });
    // A page has a class of its own, as it loads this package itself.
    expect(error instanceof CallableError).toBe(where === 'Node');
  });

  test('also of a reason that only the server knows', async () => {
    const members = { title: 'It is a teapot. Ask for tea.', detail: 'It is a teapot.', who: 'kettle', retry: true };
    const error = await failing(calls(), () => problem('IsTeapot', members));
    expect(error).toMatchObject({ code: 'IsTeapot', message: 'It is a teapot.', remedy: 'Ask for tea.', status: 410 });
    expect(error).toMatchObject({ who: 'kettle', retry: true });
  });

  test.each([
    ['no problem', () => Response.json({ error: 'x' }, { status: 500 })],
    ['no JSON', () => new Response('<html>', { status: 502 })],
    ['a word that no reason can be', () => problem('Is\u001b[2JTeapot')],
    ['a long word', () => problem('A'.repeat(61))],
    ['no word', () => problem('')],
  ])('what is no reason of a hub is named for what it is: %s', async (_, answer) => {
    const error = await failing(calls(), answer);
    expect(error).toMatchObject({ code: 'HubUnreachable', remedy: reasons.HubUnreachable.next, status: 503 });
    expect((error as Error).message).toMatch(/answered \d+ without a reason/);
  });

  test('what the client itself finds has its row', async () => {
    const error = await failing(calls(), () => {
      throw new TypeError('fetch failed');
    });
    expect(error).toMatchObject({ code: 'HubUnreachable', remedy: reasons.HubUnreachable.next, retry: true });
  });
});

test('whatever of the SDK a page loads, it finds the rows of all it throws itself', async () => {
  const all = await bundle("export * from '@callable/sdk';");
  const thrown = [...all.matchAll(/new CallableError\(\s*"(\w+)"/g)].map((match) => match[1] as keyof typeof reasons);
  expect(new Set(thrown)).toContain('HubUnreachable');
  for (const code of thrown) expect(all).toContain(reasons[code].next);
  expect(all).not.toContain(reasons.CallCrashed.next);
});
