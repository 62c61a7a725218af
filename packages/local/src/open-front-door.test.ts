import { expect, it } from 'vitest';
import { openFrontDoor } from './open-front-door.ts';

it('asks to wait until it is opened', async () => {
  await using door = await openFrontDoor('127.0.0.1', 0);
  door.serve((_request, response) => response.end('served'));
  const early = await fetch(door.url);
  expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await early.json()).toMatchObject({ code: 'NotReady' });
  door.open();
  expect(await (await fetch(door.url)).text()).toBe('served');
});

it('keeps idle connections long enough for a client that computes between two requests', async () => {
  await using door = await openFrontDoor('127.0.0.1', 0);
  const { headers } = await fetch(door.url);
  expect(headers.get('keep-alive')).toBe('timeout=72');
});

it('names a port that is taken', async () => {
  await using first = await openFrontDoor('127.0.0.1', 0);
  const port = Number(new URL(first.url).port);
  await expect(openFrontDoor('127.0.0.1', port)).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
});
