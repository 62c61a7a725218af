import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { endWaitsOnClose } from './request-signal.ts';

test('a connection that falls idle while the server closes does not hold it open', async () => {
  const server = fastify({ keepAliveTimeout: 600_000, forceCloseConnections: 'idle' });
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((arrived) => {
    server.get('/', async () => {
      arrived();
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return 'late';
    });
  });
  endWaitsOnClose(server);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const response = fetch(url);
  await asked;
  const closed = server.close();
  // Once it listens no more it has looked for idle connections; only then the answer comes.
  await expect.poll(() => server.server.listening).toBe(false);
  answer();
  expect(await (await response).text()).toBe('late');
  await closed;
});
