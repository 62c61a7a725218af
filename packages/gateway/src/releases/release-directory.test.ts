import { CallableError, type ReleaseView } from '@callable/protocol';
import { createReleaseView } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createReleaseDirectory } from './release-directory.ts';

const release = createReleaseView();

function start(answer: (reference: string) => Promise<ReleaseView> | ReleaseView) {
  let now = 0;
  const asked: string[] = [];
  const directory = createReleaseDirectory({
    clock: () => now,
    lookUp: async (reference) => {
      asked.push(reference);
      return answer(reference);
    },
  });
  return { directory, asked, pass: (ms: number) => (now += ms) };
}

test('the hub is asked once for many callers at once, and again after two seconds', async () => {
  const { directory, asked, pass } = start(() => release);
  await Promise.all(Array.from({ length: 50 }, () => directory.resolve('acme/double')));
  expect(asked).toEqual(['acme/double']);
  pass(1_999);
  await directory.resolve('acme/double');
  expect(asked.length).toBe(1);
  pass(1);
  await directory.resolve('acme/double');
  expect(asked.length).toBe(2);
});

test('what is known answers at once, and the hub is asked behind it; for a minute', async () => {
  const { directory, asked, pass } = start(() => release);
  await directory.resolve('acme/double');
  pass(59_999);
  expect(directory.resolve('acme/double')).toBe(release);
  expect(directory.resolve('acme/double')).toBe(release);
  expect(asked.length).toBe(2);
  await Promise.resolve();
  pass(60_000);
  expect(directory.resolve('acme/double')).toBeInstanceOf(Promise);
});

test('attack by a publisher: a release that is withdrawn answers one round behind, and never after a minute', async () => {
  let gone = false;
  const { directory, pass } = start(() => {
    if (gone) throw new CallableError('ReleaseRefused');
    return release;
  });
  await directory.resolve('acme/double');
  gone = true;
  pass(2_000);
  expect(directory.resolve('acme/double')).toBe(release);
  await expect.poll(() => tryOf(() => directory.resolve('acme/double'))).toBe('ReleaseRefused');

  gone = false;
  pass(2_000);
  await directory.resolve('acme/double');
  gone = true;
  pass(60_000);
  await expect(async () => directory.resolve('acme/double')).rejects.toMatchObject({ code: 'ReleaseRefused' });
});

function tryOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CallableError).code;
  }
}

test('a hub that is down is not noticed by callers of known releases', async () => {
  let up = true;
  const { directory, pass } = start(() => {
    if (!up) throw new CallableError('HubUnreachable');
    return release;
  });
  await directory.resolve('acme/double');
  up = false;
  pass(60_000);
  expect(await directory.resolve('acme/double')).toBe(release);
  await expect(async () => directory.resolve('acme/other')).rejects.toMatchObject({ code: 'HubUnreachable' });
  pass(600_000);
  await expect(async () => directory.resolve('acme/double')).rejects.toMatchObject({ code: 'HubUnreachable' });
});

test('a refusal is remembered as shortly as an answer', async () => {
  const { directory, asked, pass } = start(() => {
    throw new CallableError('ReleaseNotFound');
  });
  for (let call = 0; call < 3; call++)
    await expect(async () => directory.resolve('acme/none')).rejects.toMatchObject({ code: 'ReleaseNotFound' });
  expect(asked.length).toBe(1);
  pass(2_000);
  await expect(async () => directory.resolve('acme/none')).rejects.toThrow();
  expect(asked.length).toBe(2);
});

test('a release that is gone from the hub is not kept alive here', async () => {
  let gone = false;
  const { directory, pass } = start(() => {
    if (gone) throw new CallableError('ReleaseNotFound');
    return release;
  });
  await directory.resolve('acme/double');
  gone = true;
  pass(60_000);
  await expect(async () => directory.resolve('acme/double')).rejects.toMatchObject({ code: 'ReleaseNotFound' });
});

test('attack by a hub: a manifest that does not have its digest is refused', async () => {
  const { directory } = start(() => ({ ...release, manifest: { ...release.manifest, entry: 'evil.onnx' } }));
  await expect(async () => directory.resolve('acme/double')).rejects.toMatchObject({ code: 'HubUnreachable' });
});

test('attack by a hub: another manifest under a digest that was right before changes nothing', async () => {
  let manifest = release.manifest;
  const { directory, pass } = start(() => ({ ...release, manifest }));
  await directory.resolve('acme/double');
  manifest = { ...manifest, entry: 'evil.onnx' };
  pass(60_000);
  for (const reference of ['acme/double', release.digest])
    expect((await directory.resolve(reference)).manifest).toEqual(release.manifest);
});

test.each(['', 'acme', 'acme/..', '../x', 'acme/iris@latest', 'sha256:abc', 'a/b/c'])(
  '%j is no name, and the hub is not asked',
  async (reference) => {
    const { directory, asked } = start(() => release);
    await expect(async () => directory.resolve(reference)).rejects.toMatchObject({ code: 'NameInvalid' });
    expect(asked).toEqual([]);
  },
);

test('attack by a caller: asking for ever new names does not fill the memory', async () => {
  const { directory, asked } = start(() => {
    throw new CallableError('ReleaseNotFound');
  });
  const refused = async (reference: string) => expect(async () => directory.resolve(reference)).rejects.toThrow();
  for (let index = 0; index < 5_001; index++) await refused(`acme/m${index}`);
  await refused('acme/m5000');
  expect(asked.length).toBe(5_001);
  await refused('acme/m0');
  expect(asked.length).toBe(5_002);
});
