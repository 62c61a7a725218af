import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Address, CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { shownCallPath } from './shown-call-path.ts';

/** The bytes a node has shown; only for those who are drawn to look at them, and only as long as they are. */
export async function openShownCall(
  ctx: Pick<HubContext, 'db' | 'config'>,
  reader: Address,
  receipt: string,
): Promise<{ size: number; read: () => NodeJS.ReadableStream }> {
  const audit = await ctx.db.selectFrom('audit').selectAll().where('receipt', '=', receipt).executeTakeFirst();
  if (!audit || audit.stage === 'done' || !readJson(audit.auditors).includes(reader))
    throw new CallableError('SignerNotAllowed', `${reader} is not drawn to audit the call ${receipt}.`);
  const path = shownCallPath(ctx, receipt);
  const found = await stat(path).catch(() => null);
  if (!found) throw new CallableError('ReceiptNotFound', `The call ${receipt} is not here.`);
  return { size: found.size, read: () => createReadStream(path) };
}
