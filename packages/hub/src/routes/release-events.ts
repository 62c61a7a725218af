import { once } from 'node:events';
import { passHeaders, requestSignal, sendHeadersOnly } from '@callable/http';
import type { ReleaseView } from '@callable/protocol';
import type { FastifyReply } from 'fastify';
import type { HubContext } from '../context.ts';
import { getRelease } from '../releases/get-release.ts';

/** How often a silent stream is looked at: conditions also change by growing old, which no statement announces. */
const lookAgainMs = 10_000;

/** Sends the release as an event at once and whenever what it says of itself differs from what was sent last. */
export async function streamRelease(ctx: HubContext, name: string, reply: FastifyReply): Promise<FastifyReply> {
  let view = await getRelease(ctx, name);
  // HEAD has no body to wait for: it never got an answer.
  if (reply.request.method === 'HEAD') return sendHeadersOnly(reply.headers(eventHeaders));
  reply.hijack();
  const signal = requestSignal(reply);
  const { raw } = reply;
  passHeaders(reply);
  raw.writeHead(200, eventHeaders);
  let sent = '';
  try {
    while (!signal.aborted && !raw.writableEnded) {
      const change = ctx.changes.next({ topic: 'release', subject: view.digest }, lookAgainMs, signal);
      view = await getRelease(ctx, view.digest);
      // Places in the queue move all the time: they come along with what happens to the release itself.
      const { manifest: _, queue: __, ...changing } = view;
      const now = JSON.stringify(changing);
      // A client that does not read gets no more to be kept for it.
      if (!raw.write(now === sent ? ': still here\n\n' : eventOf(view))) await once(raw, 'drain', { signal });
      sent = now;
      await change;
    }
  } catch (error) {
    if (!signal.aborted) ctx.log.warn({ err: error }, 'an event stream ended early');
  } finally {
    raw.end();
  }
  return reply;
}

const eventHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
const eventOf = (view: ReleaseView) => `event: release\ndata: ${JSON.stringify(view)}\n\n`;
