import type { GoodLinkAnswer, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';

/** An answer goes to its caller: it is usage, but for a prober's. */
export function reportSuccess(
  { reports, networkTags }: Pick<GatewayContext, 'reports' | 'networkTags'>,
  { probe, caller: { signed }, origin }: Call,
  answer: GoodLinkAnswer,
): void {
  if (probe) reports.unused(answer);
  else reports.used(answer, signed, signed ? networkTags.of(origin.broker) : undefined);
}

/** Only what the release itself is to blame for, as `confirmFailure` has found: anything else must not spoil its record. */
export function reportFailure({ reports }: Pick<GatewayContext, 'reports'>, call: Call, release: ReleaseView): void {
  if (!call.probe) reports.failed(release.digest);
}
