import {
  type AuditView,
  CallableError,
  hexOfDigest,
  parseReceipt,
  type Statement,
  signStatement,
  verifyReceipt,
} from '@callable/protocol';
import { findAudience, getAudit } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { readManifest } from '../releases/read-manifest.ts';
import { auditCall } from './audit-call.ts';
import type { AuditContext } from './audit-context.ts';

/** Does one audit this node was drawn for; the statement says what came of it. Throws what this node could not do. */
export async function workOnAudit(
  context: AuditContext & Pick<NodeContext, 'key' | 'clock'>,
  receipt: string,
  signal: AbortSignal,
): Promise<Statement> {
  const audit = await getAudit(context.hub, receipt, { signal });
  refuseFalse(audit, receipt);
  const manifest = await readManifest(context, audit.release, signal);
  using _hold = context.holds.hold(audit.release);
  const release = await context.cache.fetch(audit.release, manifest, signal);
  const body = await auditCall(context, audit, release, signal);
  const { node } = audit;
  context.log.info({ receipt, node, ok: body.ok, reason: body.reason }, 'audit finished');
  const hub = await findAudience(context.hub, 'hub', signal);
  return signStatement({ kind: 'audit.finished', subject: node, body, issuedAt: context.clock(), hub }, context.key);
}

/** A hub that shows something else than what the node signed would have this node accuse an innocent one. */
function refuseFalse(audit: AuditView, receipt: string): void {
  const { node, release, signed, kind } = audit;
  if (kind !== 'call')
    throw new CallableError('RequestInvalid', 'Seeds run a validation again; it is no audit any more.');
  if (audit.receipt === receipt && isCall(audit)) return;
  throw new CallableError(
    'RequestInvalid',
    `The hub shows as the ${kind} ${receipt} of ${node} for ${release} what that node has not signed${signed ? '' : ': nothing'}.`,
  );
}

function isCall({ signed, node, release, receipt }: AuditView): boolean {
  const found = parseReceipt(signed);
  if (!found) return false;
  const verdict = verifyReceipt(found, { node, release: hexOfDigest(release) });
  return verdict.ok && verdict.id === receipt;
}
