import type { CallableError, ReleaseView, SignedReceipt } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';

export function reportSuccess(
  ctx: Pick<GatewayContext, 'reports' | 'clock'>,
  release: ReleaseView,
  call: Call,
  receipt: SignedReceipt,
): void {
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
