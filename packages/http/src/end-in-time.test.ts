import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { problemContentType } from '@callable/protocol';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { endInTime, refusesOnClose } from './end-in-time.ts';

/** Resolved from outside. */
function openTurn() {
  let take: () => void = () => undefined;
  const turn = new Promise<void>((resolve) => {
    take = resolve;
  });
  return { turn, take };
}

/** A server whose `/held` answers when told, and whose `/body` reads what is sent. */
async function serve(bounds?: { arriveMs: number; answerMs: number }) {
  const app = fastify({ ...refusesOnClose, keepAliveTimeout: 600_000, forceCloseConnections: 'idle' });
  endInTime(app, bounds);
  const held = openTurn();
  const asked = openTurn();
  app.get('/held', async () => {
    asked.take();
    await held.turn;
    return 'late';
  });
  app.get('/', async () => 'here');
  app.post('/body', async ({ body }) => body);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(held.take);
  const dial = async (said: string) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(said);
    return socket;
  };
  const isUnderWay = async (count: number) =>
    expect.poll(() => new Promise((resolve) => app.server.getConnections((_, open) => resolve(open)))).toBe(count);
  return { app, url, held, asked, dial, isUnderWay };
}

const request = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`;
const half = `${request('POST /body', 'Content-Type: text/plain', 'Content-Length: 100')}half`;

test('a connection that falls idle while the server closes does not hold it open', async () => {
  const { app, url, held, asked } = await serve();
  const response = fetch(`${url}/held`);
  await asked.turn;
  const closed = app.close();
  // Once it listens no more it has looked for idle connections; only then the answer comes.
  await expect.poll(() => app.server.listening).toBe(false);
  held.take();
  expect(await (await response).text()).toBe('late');
  await closed;
});

test('a sender that stalls in a body, and one that never says a word, hold no server open; answers are waited for', async () => {
  const { app, url, held, asked, dial, isUnderWay } = await serve({ arriveMs: 150, answerMs: 60_000 });
  const response = fetch(`${url}/held`);
  const cut = (await Promise.all([dial(half), dial('')])).map((socket) => once(socket, 'close'));
  await asked.turn;
  await isUnderWay(3);
  const closed = app.close();
  await Promise.all(cut);
  held.take();
  expect(await (await response).text()).toBe('late');
  await closed;
});

test('an answer that takes for ever is given up', async () => {
  const { app, url, asked } = await serve({ arriveMs: 50, answerMs: 150 });
  const response = fetch(`${url}/held`).catch(() => 'cut');
  await asked.turn;
  await app.close();
  expect(await response).toBe('cut');
});

test('what comes on a connection that is still open is told that the server stops, also in the midst of a body', async () => {
  const { app, dial } = await serve({ arriveMs: 60_000, answerMs: 60_000 });
  const socket = await dial(half.slice(0, -'half'.length));
  let said = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    said += piece;
  });
  await expect.poll(() => app.server.listenerCount('request')).toBeGreaterThan(0);
  const closed = app.close();
  await expect.poll(() => app.server.listening).toBe(false);
  // The end of what was under way, and one more that has not sent all of its body.
  socket.write(`${'x'.repeat(100)}${half}`);
  await expect.poll(() => said).toContain('NotReady');
  expect(said).toContain('HTTP/1.1 503');
  expect(said).toContain(problemContentType);
  socket.destroy();
  await closed;
});
