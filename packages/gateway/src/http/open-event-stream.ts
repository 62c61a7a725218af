import type { ServerResponse } from 'node:http';
import { passHeaders } from '@callable/http';
import type { CallSignal } from '@callable/protocol';
import type { FastifyReply } from 'fastify';

/** Server-sent events to one caller, begun by the first. */
export type EventStream = {
  readonly isOpen: boolean;
  /** Resolves when the caller has room for more; rejects with the reason of the signal when it has gone. */
  send(event: string, data: Uint8Array | object): Promise<void>;
  /** The last events, and the end. A caller who reads nothing is cut off instead: it holds what it was sent before. */
  end(...events: readonly (readonly [event: string, data: Uint8Array | object])[]): void;
};

/**
 * Sends events on a reply, past the framework: an answer may take minutes, and only what the socket holds waits here.
 * Headers set on the reply before the first event go out with it.
 */
export function openEventStream(reply: FastifyReply, signal: CallSignal): EventStream {
  const { raw } = reply;
  let isOpen = false;

  function write(event: string, data: Uint8Array | object): boolean {
    if (!isOpen) {
      isOpen = true;
      reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').hijack();
      passHeaders(reply);
      raw.writeHead(200);
    }
    return raw.write(eventOf(event, data));
  }

  return {
    get isOpen() {
      return isOpen;
    },
    async send(event, data) {
      if (signal.aborted) throw signal.reason;
      if (!write(event, data)) await untilDrained(raw, signal);
    },
    end(...events) {
      if (raw.writableNeedDrain) return void raw.destroy();
      for (const [event, data] of events) write(event, data);
      raw.end();
    },
  };
}

function untilDrained(raw: ServerResponse, signal: CallSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = () => {
      signal.removeEventListener('abort', onLeft);
      resolve();
    };
    const onLeft = () => {
      raw.off('drain', onDrain);
      reject(signal.reason);
    };
    raw.once('drain', onDrain);
    signal.addEventListener('abort', onLeft, { once: true });
  });
}

/** Every line feed of the data begins a line of its own: whoever joins them again has the same bytes. */
function eventOf(event: string, data: Uint8Array | object): string {
  const text = data instanceof Uint8Array ? decoder.decode(data) : JSON.stringify(data);
  return `event: ${event}\ndata: ${text.replaceAll('\n', '\ndata: ')}\n\n`;
}

const decoder = new TextDecoder();
