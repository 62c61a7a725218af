import { request } from 'node:http';
import { Readable } from 'node:stream';
import type { Client } from '@callable/sdk';

/**
 * Requests that leave from this address of the machine, as those of another machine would. All of 127.0.0.0/8 is its own
 * on Linux; `fetch` cannot be told where from.
 */
export const fetchFromAddress =
  (localAddress: string, headers: Record<string, string> = {}): Client['fetch'] =>
  async (input, init) => {
    const asked = new Request(input, { ...init, ...(init?.body ? { duplex: 'half' } : {}) } as RequestInit);
    return new Promise((resolve, reject) => {
      const sending = request(
        asked.url,
        {
          method: asked.method,
          localAddress,
          headers: { ...Object.fromEntries(asked.headers), ...headers },
          ...(init?.signal ? { signal: init.signal } : {}),
        },
        (answer) => {
          const status = answer.statusCode ?? 0;
          const fields = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
          const hasBody = asked.method !== 'HEAD' && ![204, 205, 304].includes(status);
          if (!hasBody) answer.resume();
          const body = hasBody ? (Readable.toWeb(answer) as ReadableStream) : null;
          resolve(new Response(body, { status, headers: fields }));
        },
      );
      sending.once('error', reject);
      void asked
        .arrayBuffer()
        .then((body) => sending.end(Buffer.from(body)))
        .catch(reject);
    });
  };
