import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type BodyBounds, readBody } from './read-body.ts';

const open = ({ idleMs = 10_000, longestMs = 10_000, ...bounds }: Partial<BodyBounds> = {}) => {
  const body = new PassThrough();
  const seen = { arrived: 0, kept: 0, limit: Number.POSITIVE_INFINITY };
  const whole = readBody(body, {
    reserve(arrived, kept) {
      seen.arrived += arrived;
      seen.kept += kept;
      return seen.kept > seen.limit ? new Error('too much') : null;
    },
    idleMs,
    longestMs,
    silence: () => new Error('silent'),
    left: () => new Error('left'),
    dropBytes: 1000,
    ...bounds,
  });
  whole.catch(() => undefined);
  return { body, seen, whole };
};

test.each([[[]], [[5]], [[5, 7]], [[70_000, 1, 1, 70_000, 4096, 3, 4095]], [Array(40).fill(4000)]])(
  'a body of pieces of %j bytes arrives as it was sent',
  async (sizes) => {
    const { body, whole, seen } = open();
    const sent = sizes.map((size: number) => randomBytes(size));
    for (const piece of sent) body.write(piece);
    body.end();
    const all = Buffer.concat(sent);
    expect((await whole).equals(all)).toBe(true);
    expect(seen.arrived).toBe(all.length);
    expect(seen.kept).toBeGreaterThanOrEqual(all.length);
  },
);

test.each([
  ['declared', { declaredBytes: 5 * 2 ** 20 }, 5],
  ['not declared', {}, 5],
  ['longer than was thought', { declaredBytes: 1 }, 34],
  ['of middle size', { declaredBytes: 3 * 2 ** 20 + 20 }, 3],
  ['of middle size and not declared', {}, 1],
  ['of middle size and shorter than declared', { declaredBytes: 4 * 2 ** 20 }, 2],
])('a large body, %s, arrives as it was sent', async (_, declared, megabytes) => {
  const { body, whole, seen } = open(declared);
  const sent = randomBytes(megabytes * 2 ** 20 + 17);
  for (let at = 0; at < sent.length; at += 65_000) body.write(sent.subarray(at, at + 65_000));
  body.end('end');
  const all = await whole;
  expect(all.subarray(0, -3).equals(sent)).toBe(true);
  expect(all.subarray(-3).toString()).toBe('end');
  expect(seen).toMatchObject({ arrived: sent.length + 3, kept: sent.length + 3 });
});

test('attack by a caller: a body sent byte by byte is counted with what its buffers cost', async () => {
  const { body, seen, whole } = open();
  for (let sent = 0; sent < 100_000; sent++) body.write(Buffer.from('x'));
  body.end();
  expect((await whole).length).toBe(100_000);
  expect(seen.kept).toBe(1 + 2 * 64 * 1024);
});

test('attack by a caller: a refused body is dropped, and cut off when it goes on', async () => {
  const { body, seen, whole } = open();
  seen.limit = 10;
  body.write(Buffer.alloc(11));
  await expect(whole).rejects.toThrow('too much');
  body.write(Buffer.alloc(1000));
  await expect.poll(() => body.readableLength).toBe(0);
  expect(body.destroyed).toBe(false);
  body.write(Buffer.alloc(1));
  await expect.poll(() => body.destroyed).toBe(true);
});

test('attack by a caller: a body that falls silent ends, and its connection after it', async () => {
  const { body, whole } = open({ idleMs: 20 });
  body.write('x');
  await expect(whole).rejects.toThrow('silent');
  await expect.poll(() => body.destroyed).toBe(true);
});

test('attack by a caller: a body that trickles for longer than any may take ends', async () => {
  const { body, whole } = open({ longestMs: -1 });
  body.write('x');
  await expect(whole).rejects.toThrow('silent');
});

test('a sender who hangs up has left', async () => {
  const { body, whole } = open();
  body.write('x');
  body.destroy();
  await expect(whole).rejects.toThrow('left');
});
