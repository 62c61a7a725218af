import { setTimeout as delay } from 'node:timers/promises';
import { CallableError } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import { isProxyLogin } from '../errors/is-proxy-login.ts';
import { answerWithin } from './answer-within.ts';
import type { PublishContext } from './publish-context.ts';
import type { PublishEvent } from './publish-event.ts';

/** Long enough for a hub that restarts and recovers its database, or for a laptop that changes its network. */
const patienceMs = 300_000;
/** Others upload first, and the hub says so each time: nothing is wrong. */
const patienceForRoomMs = 3600_000;
const firstPauseMs = 500;
const longestPauseMs = 10_000;

type Outage = { since: number; pauseMs: number };

/**
 * Runs a step that can be repeated, again and again while hub or network are away, with growing pauses. One event
 * tells of each outage; it is over when bytes arrive. Throws what the step throws once that cannot pass, or lasts too
 * long.
 */
export async function* outlastOutages<Result>(
  { client, clock, signal }: Pick<PublishContext, 'client' | 'clock' | 'signal'>,
  step: () => AsyncGenerator<PublishEvent, Result>,
): AsyncGenerator<PublishEvent, Result> {
  let outage: Outage | null = null;
  let arrived = 0;
  for (;;) {
    const story = step();
    try {
      for (;;) {
        const { done, value } = await story.next();
        if (done) return value;
        if (value.kind === 'upload' && value.done > arrived) {
          arrived = value.done;
          outage = null;
        }
        yield value;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      const isWaiting = error.code === 'UploadWaits';
      const patience = isWaiting ? patienceForRoomMs : patienceMs;
      if (outage === null) {
        outage = { since: clock(), pauseMs: firstPauseMs };
        yield { kind: 'outage', message: error.message, patienceMs: patience };
      }
      do {
        if (clock() - outage.since > patience) throw error;
        await pause(client, outage, error, signal);
      } while (!(await isAnswering(client, signal)));
    } finally {
      // Nobody listens any more: what it has under way ends as well.
      await story.return(undefined as never);
    }
  }
}

async function pause(client: Client, outage: Outage, error: CallableError, signal: AbortSignal): Promise<void> {
  const asked = Number(error.details['retryAfterSeconds'] ?? 0) * 1000;
  // Many clients of a hub that restarts do not come back in one moment.
  const spread = 1 + (client.random(1)[0] ?? 0) / 512;
  await delay(Math.max(asked, outage.pauseMs * spread), undefined, { signal });
  outage.pauseMs = Math.min(longestPauseMs, 2 * outage.pauseMs);
}

/**
 * Whether anything at all is answered. Connections that died in silence stay in the pool of `fetch`, and each costs one
 * request its whole time: small ones find them out sooner.
 */
async function isAnswering({ baseUrl, fetch }: Client, signal: AbortSignal): Promise<boolean> {
  try {
    return await answerWithin(5000, signal, async (within) => {
      await (await fetch(`${baseUrl}/healthz`, { signal: within })).arrayBuffer();
      return true;
    });
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** An upload that stood still may have been dropped for one that moves: it is announced anew. */
const passing = new Set([
  ...['HubUnreachable', 'NotReady', 'DatabaseUnavailable', 'TooManyRequests', 'Internal'],
  ...['UploadWaits', 'UploadNotFound'],
]);

/** Whether the step may go better later; a full disk of the hub, for one, is for its operator to mend. */
export function isPassing(error: unknown): error is CallableError {
  // What answers as no hub does, a login or a limit of a proxy, would answer so again.
  const isFinal = error instanceof CallableError && (error.cause instanceof SyntaxError || isProxyLogin(error));
  return error instanceof CallableError && passing.has(error.code) && !isFinal;
}
