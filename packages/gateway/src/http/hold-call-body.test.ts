import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { defaultGatewayConfig, type GatewayConfig } from '../config.ts';
import { holdCallBody } from './hold-call-body.ts';

const config = { ...defaultGatewayConfig, bodyBytes: 10 } as GatewayConfig;

function start(bytes: Readable | Buffer) {
  const close = vi.fn();
  const bodies = { open: () => ({ take: () => null, close }) };
  let end = () => {};
  const whenOver = (listener: () => void) => {
    end = listener;
  };
  // What is here already is refused at once.
  const body = Promise.resolve().then(() =>
    holdCallBody({ bodies, config }, { body: bytes, remote: '10.0.0.1', headers: {}, whenOver }),
  );
  return { close, body, end: () => end() };
}

const waysToCome = [Readable.from, ([bytes]: readonly Buffer[]) => bytes ?? Buffer.alloc(0)] as const;

test.each(waysToCome)(
  'attack by a caller: a refused body holds nothing, however long its answer is not read',
  async (come) => {
    const { close, body } = start(come([Buffer.alloc(11)]));
    await expect(body).rejects.toMatchObject({ code: 'BodyTooLarge' });
    expect(close).toHaveBeenCalled();
  },
);

test.each(waysToCome)('a body that is whole is held until its call has been answered', async (come) => {
  const { close, body, end } = start(come([Buffer.alloc(10)]));
  expect((await body).body).toHaveLength(10);
  expect(close).not.toHaveBeenCalled();
  end();
  expect(close).toHaveBeenCalled();
});

test('a body that comes in pieces is hashed on the way', async () => {
  const pieces = [Buffer.from('abc'), Buffer.from('defg')];
  const { body } = start(Readable.from(pieces));
  const { body: whole, bodyHash } = await body;
  expect(Buffer.from(whole).toString()).toBe('abcdefg');
  expect(bodyHash).toEqual(createHash('sha256').update('abcdefg').digest());
});
