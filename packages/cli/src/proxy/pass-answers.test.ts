import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type PrivateKey, parsePrivateKey } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { serveProxy } from './serve-proxy.ts';

const key = parsePrivateKey(`0x${'11'.repeat(32)}`) as PrivateKey;
const path = '/v1/run/acme/double';

/** A proxy before a gateway that answers calls as it likes. */
async function start(answer: RequestListener) {
  const server = createServer((asked, response) => {
    if (asked.url === '/v1/gateway') response.end(JSON.stringify({ gateway: `0x${'22'.repeat(20)}`, software: 'x' }));
    else answer(asked, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { key });
  const settings = { client, key, onBehalfOf: null, relies: false, token: null, keep: () => undefined };
  const proxy = await serveProxy(settings, { host: '127.0.0.1', port: 0, onError: (error) => expect.fail(`${error}`) });
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const { hostname, port } = new URL(proxy.url);
  return { hostname, port: Number(port) };
}

const post = (to: object, headers: Record<string, string> = {}) => request({ ...to, path, method: 'POST', headers });
const textOf = async (answer: IncomingMessage) => {
  let text = '';
  for await (const piece of answer) text += piece;
  return text;
};

test('whoever leaves before or in the midst of an answer ends the call at the gateway', async () => {
  for (const begins of [false, true]) {
    const arrived = new EventTarget();
    let left: Promise<unknown> | undefined;
    const to = await start((asked, response) => {
      left = once(response, 'close');
      asked.resume();
      if (begins) response.write('a part');
      arrived.dispatchEvent(new Event('call'));
    });
    const call = once(arrived as never, 'call');
    const asked = post(to).on('error', () => {});
    const answered = begins ? once(asked, 'response') : null;
    asked.end('{}');
    await call;
    await answered;
    asked.destroy();
    await left;
  }
});

test('attack: a reader that stops reading does not have the proxy hold the answer', async () => {
  const whole = 64 * 2 ** 20;
  let poured = 0;
  let pours: Promise<unknown> = Promise.resolve();
  const stuck = new EventTarget();
  const to = await start((_, response) => {
    const piece = Buffer.alloc(2 ** 16);
    const pour = () => {
      while (poured < whole) {
        poured += piece.length;
        if (!response.write(piece)) {
          response.once('drain', pour);
          stuck.dispatchEvent(new Event('stuck'));
          return;
        }
      }
      response.end();
    };
    pours = once(stuck as never, 'stuck');
    pour();
  });
  const asked = post(to);
  asked.end('{}');
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await pours;
  // As long as the kernel takes some it goes on; then no more comes, until it is read.
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = poured === before;
        before = poured;
        return isStill;
      },
      { interval: 200, timeout: 10_000 },
    )
    .toBe(true);
  expect(poured).toBeLessThan(whole / 2);
  let read = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) read += piece.length;
  expect(read).toBe(whole);
});

test('an answer that breaks off at the gateway breaks off here, and is not shown as whole', async () => {
  const to = await start((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('a part', () => response.destroy());
  });
  const asked = post(to);
  asked.end('{}');
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await expect(textOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a gateway that breaks off before it answers is said in the words of the protocol', async () => {
  const to = await start((asked) => asked.socket.destroy());
  const asked = post(to);
  asked.end('{}');
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(JSON.parse(await textOf(answer))).toMatchObject({ code: 'HubUnreachable' });
});

test('a client that waits for 100-continue, and one that sends in chunks, are answered', async () => {
  const to = await start(async (asked, response) => response.end(await textOf(asked)));
  const waits = post(to, { expect: '100-continue', 'content-length': '4' });
  waits.flushHeaders();
  await once(waits, 'continue');
  waits.end('slow');
  expect(await textOf(((await once(waits, 'response')) as [IncomingMessage])[0])).toBe('slow');
  const chunks = post(to, { 'transfer-encoding': 'chunked' });
  chunks.write('one ');
  chunks.end('two');
  expect(await textOf(((await once(chunks, 'response')) as [IncomingMessage])[0])).toBe('one two');
});

test('HEAD has no body, and one connection carries one call after another', async () => {
  const to = await start((asked, response) => {
    asked.resume();
    response.writeHead(200, { 'content-length': 4 }).end(asked.method === 'HEAD' ? undefined : 'fine');
  });
  const socket = connect(to.port, to.hostname);
  const heard = textOf(socket as never);
  const host = `Host: ${to.hostname}\r\n`;
  socket.write(`HEAD /v2 HTTP/1.1\r\n${host}\r\nGET /v2/models/a/b HTTP/1.1\r\n${host}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 2\r\n\r\n{}`);
  const said = await heard;
  expect(said.match(/HTTP\/1.1 200/g)).toHaveLength(3);
  expect(said.match(/fine/g)).toHaveLength(2);
});
