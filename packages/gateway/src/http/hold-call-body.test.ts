import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, test, vi } from 'vitest';
import { defaultGatewayConfig, type GatewayConfig } from '../config.ts';
import { holdCallBody } from './hold-call-body.ts';

const requestOf = (body: Readable) =>
  ({ body, raw: { headers: {}, socket: { remoteAddress: '10.0.0.1' } } }) as unknown as FastifyRequest;
const config = { ...defaultGatewayConfig, bodyBytes: 10 } as GatewayConfig;

function start(length: number) {
  const close = vi.fn();
  const reply = { raw: new EventEmitter() } as unknown as FastifyReply;
  const bodies = { open: () => ({ take: () => null, close }) };
  const body = holdCallBody({ bodies, config }, requestOf(Readable.from([Buffer.alloc(length)])), reply);
  return { close, reply, body };
}

test('attack by a caller: a refused body holds nothing, however long its answer is not read', async () => {
  const { close, body } = start(11);
  await expect(body).rejects.toMatchObject({ code: 'BodyTooLarge' });
  expect(close).toHaveBeenCalled();
});

test('a body that is whole is held until its call has been answered', async () => {
  const { close, reply, body } = start(10);
  expect(await body).toHaveLength(10);
  expect(close).not.toHaveBeenCalled();
  reply.raw.emit('close');
  expect(close).toHaveBeenCalled();
});
