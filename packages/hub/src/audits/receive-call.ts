import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { translateDiskError, writeHashed } from '@callable/disk';
import { type Address, CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { lockLog } from '../fold/append-statement.ts';
import { changeAudit } from './change-audit.ts';
import { shownCallPath, shownCalls } from './shown-call-path.ts';

/** Inputs and outputs of one call; the gateway's own limits are lower. Bytes. */
export const largestCall = 256 * 1024 * 1024;

/** Takes what a node was asked and answered under a receipt of its, once, to be handed to the auditors drawn for it. */
export async function receiveCall(
  ctx: Pick<HubContext, 'db' | 'clock' | 'config' | 'changes' | 'freeBytes'>,
  node: Address,
  { receipt, sha256 }: { receipt: string; sha256: string },
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const audit = await ctx.db.selectFrom('audit').selectAll().where('receipt', '=', receipt).executeTakeFirst();
  if (audit?.node !== node || audit.kind !== 'call')
    throw new CallableError('TaskNotFound', `No call ${receipt} of ${node} is to be shown.`);
  if (audit.disclosed_at !== null) return;
  if (audit.stage !== 'disclose')
    throw new CallableError('TaskNotFound', `The call ${receipt} is not to be shown now.`);
  const path = shownCallPath(ctx, receipt);
  const partial = `${path}.${randomUUID()}`;
  try {
    await mkdir(shownCalls(ctx), { recursive: true, mode: 0o700 });
    await writeChecked(partial, sha256, bytes, (await ctx.freeBytes()) - ctx.config.limits.spareDiskBytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw translateDiskError(error);
  }
  const now = ctx.clock();
  await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const still = await tx.selectFrom('audit').select('stage').where('receipt', '=', receipt).executeTakeFirst();
    if (still?.stage !== 'disclose') return;
    const message = 'The node has shown the call; an auditor is drawn.';
    await changeAudit(tx, audit, { stage: 'run', stage_at: now, disclosed_at: now, message });
  });
  ctx.changes.emit({ topic: 'outbox', subject: 'audits' });
}

async function writeChecked(
  path: string,
  sha256: string,
  bytes: AsyncIterable<Uint8Array>,
  room: number,
): Promise<void> {
  const written = await writeHashed(path, bytes, (size) => {
    if (size > largestCall) throw new CallableError('BodyTooLarge', `A call has at most ${largestCall} bytes.`);
    if (size > room) throw new CallableError('DiskFull');
  });
  if (written.sha256 !== sha256)
    throw new CallableError('DigestMismatch', 'The bytes do not have the hash that was signed.');
}
