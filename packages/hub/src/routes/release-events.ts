import { passHeaders, requestSignal, sendHeadersOnly } from '@callable/http';
import type { FastifyReply } from 'fastify';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import { findRelease } from '../releases/find-release.ts';
import type { FollowerPlaces } from '../releases/follower-places.ts';
import type { ReleaseFeed } from '../releases/release-feed.ts';

export type Followers = { feed: ReleaseFeed; places: FollowerPlaces };

/** Sends the release as an event at once and whenever what it says of itself differs from what was sent last. */
export async function streamRelease(
  ctx: HubContext,
  name: string,
  reply: FastifyReply,
  { feed, places }: Followers,
): Promise<FastifyReply> {
  const { digest } = await findRelease(ctx, name);
  // HEAD has no body to wait for: it never got an answer.
  if (reply.request.method === 'HEAD') return sendHeadersOnly(reply.headers(eventHeaders));
  const leave = places.take(networkOfClient(ctx, reply.request, 'sender'));
  reply.hijack();
  const signal = requestSignal(reply);
  const { raw } = reply;
  passHeaders(reply);
  raw.writeHead(200, eventHeaders);
  const unfollow = feed.follow(digest, tellOn(raw));
  const end = () => {
    unfollow();
    leave();
    raw.end();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return reply;
}

/** A client that does not read gets no more to be kept for it than the newest event. */
function tellOn(raw: FastifyReply['raw']) {
  let newest: Buffer | null = null;
  const tell = (event: Buffer) => {
    // After the end a write is an error that nobody hears, and would end the process.
    if (raw.writableEnded) return;
    if (raw.writableNeedDrain) newest = event;
    else raw.write(event);
  };
  raw.on('drain', () => {
    const event = newest;
    newest = null;
    if (event) tell(event);
  });
  const stillHere = () => raw.writableEnded || raw.writableNeedDrain || raw.write(': still here\n\n');
  return { tell, stillHere, end: () => raw.end() };
}

const eventHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
