import { expect, it } from 'vitest';
import { testContext } from '../test/test-context.ts';
import { runCommand } from './main.ts';

const run = async (...words: string[]) => {
  const context = testContext();
  const code = await runCommand(context, words);
  return { code, out: context.out.text(), err: context.err.text() };
};

const curation = ['yank', 'unyank', 'deprecate', 'alias', 'label', 'refuse'];
const operating = ['queue', 'nodes', 'node start', 'up', 'backup', 'restore', 'log recover'];
const commands = ['publish', 'status', 'call', 'proxy', 'list', 'usage', 'top', ...curation, 'key', ...operating];

it('shows the overview', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const name of commands) expect(out).toContain(name);
  expect((await run()).code).toBe(2);
});

it.each(commands)('callable %s --help shows examples', async (name) => {
  const { code, out } = await run(...name.split(' '), '--help');
  expect(code).toBe(0);
  expect(out).toContain(`callable ${name}`);
  expect(out).toMatch(/Examples\n {2}\S/);
  // That of verify was one line of 603 characters.
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(145);
});

it('what fails after Ctrl-C was stopped, whatever the failure looks like: 130 and no blame', async () => {
  const stopping = new AbortController();
  const context = testContext({ signal: stopping.signal });
  stopping.abort();
  expect(await runCommand(context, ['publish', 'none.onnx', '--dry-run'])).toBe(130);
  expect(context.err.text()).toContain('Stopped before it was done.');
  expect(context.err.text()).not.toContain('CALLABLE_DEBUG');
});

it('a backup that Ctrl-C ended says that nothing is left of it, not that it goes on', async () => {
  const stopping = new AbortController();
  const context = testContext({ signal: stopping.signal });
  stopping.abort();
  const words = ['backup', '--data', '/nowhere/data', '--to', '/nowhere/backup', '--keys', 'leave-out'];
  expect(await runCommand(context, words)).toBe(130);
  expect(context.err.text()).toContain('nothing is left of it');
  expect(context.err.text()).not.toContain('goes on');
});

it('suggests the command that was meant', async () => {
  const { code, err } = await run('pulbish', 'x');
  expect(code).toBe(2);
  expect(err).toContain('Did you mean callable publish?');
  expect((await run('node')).err).toContain('Did you mean callable node start?');
  expect((await run('nodse')).err).toContain('Did you mean callable nodes?');
});

it.each([
  [['publish']],
  [['publish', 'x.onnx', '--timeout', 'soon']],
  [['publish', 'x.onnx', '--hub', 'ftp://x']],
  [['status', 'no-slash']],
  [['call', 'acme/iris']],
  [['call', 'acme/iris', '--input', '{}', '--timeout', '0']],
  [['key', 'shwo']],
  [['key', 'claim', 'Not A Handle']],
  [['key', 'delegate', 'acme']],
  [['key', 'delegate', `0x${'a'.repeat(40)}`, '--scope', 'all']],
  [['key', 'revoke']],
  [['alias', 'acme/iris@1.0.0', 'acme/other']],
  [['alias', 'acme/iris']],
  [['alias', 'acme/iris', 'acme/other', '--remove']],
  [['label', 'acme', 'Not A Label']],
  [['deprecate', 'acme/iris@1.0.0', '--successor', 'better']],
  [['refuse', 'acme/iris@1.0.0', '--note', 'x', '--scope', 'everything']],
  [['refuse', 'acme/iris@1.0.0']],
  [['up', '--port', '70000']],
  [['up', '--trusted-proxies', 'yes']],
  [['up', '--held-bodies', '37']],
  [['up', '--public-url', 'hub.example']],
  [['node', 'start']],
])('%j is used wrongly: exit 2 and one JSON document', async (words) => {
  const { code, out, err } = await run(...words, '--json');
  expect(code).toBe(2);
  expect(JSON.parse(out).error).toEqual({
    code: expect.any(String),
    message: expect.any(String),
    next: expect.any(String),
  });
  expect(err).toBe('');
});

it.each(['yes', '-1', '17', 'proxy.example', '10.0.0.7:80', '10.0.0.0/33', '0.0.0.0/0', '10.0.0.7,'])(
  'callable up --trusted-proxies %s is refused before anything starts, with what can be said instead',
  async (written) => {
    const { code, out, err } = await run('up', `--trusted-proxies=${written}`);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('--trusted-proxies is a number of proxies up to 16, or addresses and networks like');
    expect(err).toContain(JSON.stringify(written.split(',').at(-1)));
    expect(err).toContain('See: callable up --help');
    expect(err).not.toContain('starting');
  },
);

it('an input that is no JSON is named before anything is sent', async () => {
  expect(JSON.parse((await run('call', 'acme/iris', '--input', '{', '--json')).out).error.code).toBe('InvalidJson');
  expect(JSON.parse((await run('call', 'acme/iris', '--input', '[1]', '--json')).out).error.code).toBe('InvalidInput');
  expect(JSON.parse((await run('call', 'acme/iris', '--input', './none.json', '--json')).out).error.code).toBe(
    'FileUnreadable',
  );
});
