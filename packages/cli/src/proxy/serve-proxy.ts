import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  Agent as HttpAgent,
  type IncomingMessage,
  request as overHttp,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { CallableError, problemContentType, problemOf } from '@callable/protocol';
import { type Held, holdBody } from './hold-body.ts';
import { isCall, judgeRequest } from './judge-request.ts';
import { headersToPass, headersToReturn, isSigned } from './pass-headers.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { signCall } from './sign-call.ts';
import { watchReceipt } from './watch-receipt.ts';

export type Proxy = AsyncDisposable & { url: string; calls: () => number };

/** Passes requests of the data plane on, and signs those that call a model. Whoever calls this disposes it. Port 0 takes a free one. */
export async function serveProxy(
  settings: ProxySettings,
  { host, port, onError }: { host: string; port: number; onError: (error: unknown) => void },
): Promise<Proxy> {
  const { protocol } = new URL(settings.client.baseUrl);
  const agent = protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const held: Held = { bytes: 0 };
  let calls = 0;

  const server = createServer((request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    answer(request, response, left.signal).catch((error: unknown) => refuse(request, response, error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { url = '/', method = 'GET', headers } = request;
    const refusal = judgeRequest(request, settings.token);
    if (refusal) throw refusal;
    if (!isCall(method, url)) {
      const passed = await ask(method, url, headersToPass(headers), request, signal);
      await giveBack(passed, response);
      return;
    }
    const body = await holdBody(request, held);
    try {
      calls++;
      const signed = isSigned(headers);
      const signature = signed ? {} : await signCall(settings, { path: url, body, signal });
      const answered = await ask(method, url, { ...headersToPass(headers), ...signature }, body, signal);
      // Another gateway answers here by now: the next call asks who it is.
      if (answered.statusCode === 401) delete settings.client.found.gateway;
      if (!signed) watchReceipt(answered, settings.keep);
      await giveBack(answered, response);
    } finally {
      held.bytes -= body.length;
    }
  }

  function ask(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Buffer | IncomingMessage,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { baseUrl } = settings.client;
    return new Promise((resolve, reject) => {
      const asked = (protocol === 'https:' ? overHttps : overHttp)(baseUrl + path, { method, headers, agent, signal });
      asked.once('response', resolve);
      asked.once('error', (cause) =>
        reject(new CallableError('HubUnreachable', `${baseUrl} does not answer (${cause.message}).`, { cause })),
      );
      if (Buffer.isBuffer(body)) asked.setHeader('content-length', body.length).end(body);
      else pipeline(body, asked).catch(reject);
    });
  }

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // Whoever has gone, or was told a part of it, hears no more than the end of the connection.
    if (response.destroyed || response.headersSent) {
      response.destroy();
      return;
    }
    if (!(error instanceof CallableError)) onError(error);
    const told = error instanceof CallableError ? error : new CallableError('Internal');
    const problem = problemOf(told, randomUUID());
    const { retryAfterSeconds } = told.details;
    response.writeHead(told.status, {
      'content-type': problemContentType,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(request.complete ? {} : { connection: 'close' }),
    });
    // `error` is what Triton and KServe clients show.
    response.end(JSON.stringify(request.url?.startsWith('/v2') ? { ...problem, error: problem.title } : problem));
    request.resume();
  }

  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** Byte for byte, as fast as it is read: pieces of a stream go out as they come. */
async function giveBack(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headersToReturn(answer.rawHeaders));
  response.flushHeaders();
  await pipeline(answer, response);
}
