import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** A proxy on loopback as nginx is set up: it appends to `X-Forwarded-For` the address it sees, here the one given. */
export async function startForwardingProxy(
  target: string,
  address: string,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    const said = request.headers['x-forwarded-for'];
    const headers = { ...request.headers, 'x-forwarded-for': [said ?? [], address].flat().join(', ') };
    const { method = 'GET', url } = request;
    const asked = ask(new URL(url ?? '/', target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => {});
    });
    // Either end that goes takes the other with it, as a proxy's does.
    asked.on('error', () => response.destroy());
    response.on('close', () => asked.destroy());
    pipeline(request, asked, () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}
