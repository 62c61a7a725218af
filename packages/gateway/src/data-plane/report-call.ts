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

/** Only what the release itself is to blame for: a caller's mistake or a node's must not spoil its record. */
export function reportFailure(
  ctx: Pick<GatewayContext, 'reports' | 'clock' | 'config'>,
  release: ReleaseView,
  call: Call,
  error: CallableError,
): void {
  if (!isReleaseToBlame(ctx, call, error)) return;
  ctx.reports.add({
    release: release.digest,
    outcome: 'failed',
    at: ctx.clock(),
    receipt: null,
    code: error.code,
    probe: call.probe,
  });
}

function isReleaseToBlame(ctx: Pick<GatewayContext, 'config'>, call: Call, { code, who }: CallableError): boolean {
  // A shorter deadline than usual was the caller's own wish, and would be a cheap way to smear a slow model.
  if (code === 'CallTimedOut') return call.timeoutMs >= ctx.config.defaultTimeoutMs;
  return who === 'publisher';
}
