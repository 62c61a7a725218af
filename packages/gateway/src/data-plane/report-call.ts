import { type CallableError, type GoodLinkAnswer, type ReleaseView, receiptOfBatch } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';

export function reportSuccess(
  ctx: Pick<GatewayContext, 'reports' | 'clock'>,
  release: ReleaseView,
  call: Call,
  { receipt: { ...bare }, batch: { batch, tree } }: GoodLinkAnswer,
): void {
  // The hub takes reports of version 3 as whole batches, which come with the next change.
  const receipt = receiptOfBatch(bare, batch, tree) as never;
  ctx.reports.add({ release: release.digest, outcome: 'good', at: ctx.clock(), receipt, probe: call.probe });
}

/** Only what the release itself is to blame for, as `confirmFailure` has found: anything else must not spoil its record. */
export function reportFailure(
  ctx: Pick<GatewayContext, 'reports' | 'clock'>,
  release: ReleaseView,
  call: Call,
  { code }: CallableError,
): void {
  ctx.reports.add({
    release: release.digest,
    outcome: 'failed',
    at: ctx.clock(),
    receipt: null,
    code,
    probe: call.probe,
  });
}
