import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const open = (idleMs = 10_000, longestMs = 10_000) => {
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
  const { body, whole } = open(20);
  body.write('x');
  await expect(whole).rejects.toThrow('silent');
  await expect.poll(() => body.destroyed).toBe(true);
});

test('attack by a caller: a body that trickles for longer than any may take ends', async () => {
  const { body, whole } = open(10_000, -1);
  body.write('x');
  await expect(whole).rejects.toThrow('silent');
});

test('a sender who hangs up has left', async () => {
  const { body, whole } = open();
  body.write('x');
  body.destroy();
  await expect(whole).rejects.toThrow('left');
});
