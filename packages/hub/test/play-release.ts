import { type Digest, signStatement } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import {
  conditionOf,
  isTrue,
  joinAsNode,
  publishBytes,
  randomKey,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { followStates } from '../src/events/follow-states.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import type { TestHub } from './start-test-hub.ts';

/** A release of which a test says how it fares: what the hub would find out, in the hub's own statements. */
export type PlayedRelease = {
  digest: Digest;
  reference: string;
  /** A probe is answered, or not. */
  probe: (ok: boolean, reason?: string) => Promise<void>;
  /** Somebody independent calls it; without a key when `keyless`. */
  call: (at?: number, keyless?: boolean) => Promise<void>;
  say: (kind: string, body: Record<string, unknown>) => Promise<void>;
};

/** The hub must know no gateway, so that it finds out nothing itself. */
export async function playRelease(
  hub: TestHub,
  publisher: Client,
  node: Client,
  fields: Record<string, unknown> = {},
): Promise<PlayedRelease> {
  const { digest, reference } = await publishBytes(publisher, Buffer.from(`played ${JSON.stringify(fields)}`), fields);
  await untilRelease(publisher, digest, isTrue('Stored'));
  await validateNext(node);
  // The hub has tried to probe it, without a gateway, and leaves what is known after that as it is.
  await untilRelease(publisher, digest, (view) => conditionOf(view, 'Reachable').reason === 'ProbeFailed');
  const notice = async () => {
    while ((await followStates(hub.ctx)) > 0);
  };
  await notice();
  const say = async (kind: string, body: Record<string, unknown>) => {
    const statement = signStatement({ kind, subject: digest, body, issuedAt: hub.ctx.clock() }, hub.ctx.key);
    await hub.ctx.db.transaction().execute((tx) => appendStatement(hub.ctx, tx, statement));
    await notice();
  };
  return {
    digest,
    reference,
    say,
    probe: (ok, reason = ok ? 'ProbeAnswered' : 'NoNodeHoldsModel') =>
      say('release.probed', { ok, reason, message: '', ms: 1, node: null }),
    call: (at = hub.ctx.clock(), keyless = false) =>
      say('release.called', {
        ...{ signed: keyless ? 0 : 1, keyless: keyless ? 1 : 0, own: 0, failed: 0, callers: keyless ? 0 : 1 },
        lastGoodAt: at,
      }),
  };
}

/** A node that verifies what is played. */
export async function joinTestNode(hub: TestHub): Promise<Client> {
  const node = hub.client(randomKey());
  await joinAsNode(node);
  return node;
}
