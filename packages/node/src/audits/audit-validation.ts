import { type AuditView, CallableError, type Statement, type StatementBody } from '@callable/protocol';
import { inspectRelease } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import { adjudicateRelease } from '../checks/adjudicate-release.ts';
import type { AuditContext } from './audit-context.ts';
import { type AuditFinding, findingOf } from './audit-finding.ts';

/** Computes the digest of another node's validation again: the same on every machine, and unknown without running it. */
export async function auditValidation(
  context: AuditContext,
  audit: AuditView,
  release: CachedRelease,
  signal: AbortSignal,
): Promise<AuditFinding> {
  const { epoch, adjudication } = (audit.signed as Statement).body as StatementBody<'release.validated'>;
  const inspection = await inspectRelease(context.formats, release, signal);
  if (!inspection.ok) throw new CallableError('LoadFailed', `The release cannot be run here: ${inspection.message}`);
  const as = { ...context, address: audit.node };
  const own = (await adjudicateRelease(as, release, inspection, epoch, signal)).adjudication;
  if (!own || !adjudication)
    throw new CallableError('LoadFailed', 'Nothing gave a canonical answer here to compare with.');
  const { runtime } = own;
  // Another build gives other bits, and proves nothing.
  if (runtime !== adjudication.runtime || own.inputs !== adjudication.inputs)
    throw new CallableError(
      'LoadFailed',
      `The validation was made with ${adjudication.runtime}, this node has ${runtime}.`,
    );
  return own.digest === adjudication.digest
    ? findingOf(audit, { reason: 'ValidationConfirmed', message: 'The same digest on wasm.', runtime, difference: 0 })
    : findingOf(audit, { reason: 'ValidationInvented', message: 'Another digest on wasm.', runtime });
}
