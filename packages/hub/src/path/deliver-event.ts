import { type PeerAnswer, postToPeer, resolvePeer, SourceFailure } from '@callable/http/peers';
import { type EventMessage, formatReleaseRef, networkOf, unknownNetwork } from '@callable/protocol';
import { type Selectable, sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { EventTable } from '../db/events-tables.ts';
import { readJson } from '../db/json-text.ts';
import type { WebhookTable } from '../db/webhook-table.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { attemptsAtChallenge, failingAtMostMs, pauseAfterFailure } from '../webhooks/next-attempt.ts';
import { openFlights } from '../webhooks/open-flights.ts';
import { parseWebhookUrl } from '../webhooks/parse-webhook-url.ts';
import { signMessage } from '../webhooks/sign-message.ts';
import { takePace } from '../webhooks/take-pace.ts';
import { challengeOf, openUrl } from '../webhooks/webhook-secrets.ts';
import type { JobOutcome } from './settle-job.ts';

type Hook = Selectable<WebhookTable>;
type Message = { id: string; body: string; told: number };
type Result = { delivered: boolean; status: number | null; message: string; retryAfter?: string | undefined };

const wholeMs = 10_000;
const answerBytes = 4096;
/** Of this process, as its workers are. */
const flights = openFlights();

/**
 * Tells a webhook the next event it was not told yet, in their order, or asks its endpoint to repeat the challenge. An event is
 * told at least once, under one id; one that is not taken keeps those behind it waiting.
 */
export async function deliverEvent(ctx: HubContext, job: LeasedJob, signal: AbortSignal): Promise<JobOutcome> {
  const done = (againAt: number | null): JobOutcome => ({ statements: [], enqueue: [], againAt });
  const hook = await ctx.db.selectFrom('webhook').selectAll().where('id', '=', job.release).executeTakeFirst();
  if (!hook || hook.state === 'disabled') return done(null);
  // Something happened while it was being asked: no reason to ask it sooner.
  if (hook.retry_at !== null && ctx.clock() < hook.retry_at) return done(hook.retry_at);
  const message = hook.state === 'pending' ? challenge(ctx, hook) : await nextMessage(ctx, hook);
  if (!message) return done(null);
  const result = await post(ctx, hook, message, signal);
  if (result === 'later') return done(ctx.clock() + Math.round(20_000 + draw(ctx) * 40_000));
  const pauseMs = await note(ctx, hook, message, result);
  return done(pauseMs === null ? null : ctx.clock() + pauseMs);
}

const draw = ({ random }: Pick<HubContext, 'random'>) => (random(1)[0] ?? 0) / 256;

function challenge(ctx: Pick<HubContext, 'key' | 'clock'>, hook: Hook): Message {
  const data = { challenge: challengeOf(ctx.key, hook.id) };
  const body = JSON.stringify({ type: 'webhook.verify', timestamp: new Date(hook.created_at).toISOString(), data });
  return { id: `msg_verify_${hook.id}`, body, told: hook.told };
}

async function nextMessage(ctx: HubContext, hook: Hook): Promise<Message | null> {
  const event = await ctx.db
    .selectFrom('event')
    .selectAll()
    .where('seq', '>', hook.told)
    .where('kind', 'in', readJson(hook.kinds))
    // What happened before it was asked for is no news.
    .where('happened_at', '>=', hook.created_at)
    .where((expression) =>
      hook.release === null
        ? expression('publisher', '=', hook.publisher as never)
        : expression('release', '=', hook.release),
    )
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  if (!event) return null;
  const told: EventMessage = {
    type: event.kind,
    timestamp: new Date(event.happened_at).toISOString(),
    data: dataOf(event, ctx.config.publicUrls[0] ?? ''),
  };
  return { id: `msg_${event.id}`, body: JSON.stringify(told), told: event.seq };
}

const dataOf = (event: Selectable<EventTable>, base: string): EventMessage['data'] => ({
  ...{ release: event.release, reference: formatReleaseRef(event), publisher: event.publisher },
  ...{ condition: event.condition, reason: event.reason, url: `${base}/v1/releases/${event.release}` },
});

async function post(
  ctx: HubContext,
  hook: Hook,
  { id, body }: Message,
  signal: AbortSignal,
): Promise<Result | 'later'> {
  try {
    const url = parseWebhookUrl(openUrl(ctx.key, hook.id, hook.sealed_url), ctx.config.peerScope);
    const address = await resolvePeer(url.hostname, ctx.config.peerScope);
    const known = networkOf(address.address, 'party');
    // On this machine or in a private network addresses are what there is.
    const network = known === unknownNetwork ? address.address : known;
    const isProven = hook.state === 'active' && hook.failures === 0;
    using flight = flights.take(network, isProven);
    if (!flight || !(await takePace(ctx, { host: url.hostname, network, isProven }))) return 'later';
    const headers = signMessage(ctx.key, hook.id, { id, seconds: Math.floor(ctx.clock() / 1000), body });
    const sent = { url, address, headers, body: Buffer.from(body), mostBytes: answerBytes, wholeMs, signal };
    return judge(ctx, hook, await postToPeer(sent));
  } catch (error) {
    if (error instanceof SourceFailure) return { delivered: false, status: null, message: error.message };
    throw error;
  }
}

/** What it answered is not repeated to anybody: only the status, and whether the challenge is in it. */
function judge(ctx: Pick<HubContext, 'key'>, hook: Hook, { status, headers, bytes }: PeerAnswer): Result {
  const isTaken = status >= 200 && status < 300;
  const lacks = hook.state === 'pending' && !bytes.toString().includes(challengeOf(ctx.key, hook.id));
  const message = isTaken && lacks ? 'It answered without the challenge.' : `It answered ${status}.`;
  return { delivered: isTaken && !lacks, status, message, retryAfter: headers['retry-after'] };
}

/** Remembers what came of it; answers how long until the next attempt, or null when there is none. */
async function note(ctx: HubContext, hook: Hook, { told }: Message, result: Result): Promise<number | null> {
  const now = ctx.clock();
  const failures = result.delivered ? 0 : hook.failures + 1;
  const since = hook.failing_since ?? now;
  const reason = result.delivered ? null : whyDisabled(hook, result, failures, now - since);
  const state = reason ? 'disabled' : result.delivered ? 'active' : hook.state;
  const pauseMs = result.delivered ? 1 : pauseAfterFailure(failures, result.retryAfter, draw(ctx));
  await sql`
    update webhook set state = ${state}, reason = ${reason}, failures = ${failures},
      failing_since = ${result.delivered ? null : since}, retry_at = ${result.delivered ? null : now + pauseMs}, told = ${result.delivered ? told : hook.told},
      last_at = ${now}, last_delivered = ${result.delivered}, last_status = ${result.status}, last_message = ${result.message}
    where id = ${hook.id}`.execute(ctx.db);
  return reason ? null : pauseMs;
}

function whyDisabled(hook: Hook, { status }: Result, failures: number, failingMs: number): string | null {
  if (status === 410) return 'EndpointGone';
  if (hook.state === 'pending') return failures >= attemptsAtChallenge ? 'EndpointUnverified' : null;
  return failingMs >= failingAtMostMs ? 'EndpointFailing' : null;
}
