import { createPublicKey, verify } from 'node:crypto';
import {
  formatCheckpoint,
  hashTree,
  noteKeyId,
  noteOfToldHead,
  parseToldHead,
  readSubtreesFrom,
  type ToldHead,
  toHex,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { endSigning } from './end-signing.ts';
import { peekHead } from './log-head.ts';

const mostJudged = 256;

/**
 * Hears the head that somebody saw last. One that this hub signed and does not hold ends all signing. Any other changes
 * nothing: without the log's key nobody makes one, and looking at it costs a signature of 0.2 ms.
 */
export async function judgeToldHead(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log' | 'config' | 'clock'>,
  line: string,
): Promise<void> {
  // Before its own comparison this hub does not know yet what it holds; who saw a later head says it again.
  const { judged } = ctx.tlog;
  if (!ctx.tlog.isVerified || ctx.tlog.rolledBack !== null || judged.has(line)) return;
  const told = parseToldHead(line);
  if (!told || told.keyId !== noteKeyId(ctx.tlog.key)) return;
  const why = isOwn(ctx, told) ? await contradictionOf(ctx, told) : null;
  if (why !== null) return endSigning(ctx, why, noteOfToldHead(told, ctx.tlog.key.name));
  judged.add(line);
  const [oldest = ''] = judged;
  if (judged.size > mostJudged) judged.delete(oldest);
}

/** What this hub cannot have signed if its statements were all; null for a head of the log it holds. */
async function contradictionOf(ctx: Pick<HubContext, 'db' | 'tlog'>, { size, root }: ToldHead): Promise<string | null> {
  const decided = await peekHead(ctx.db, ctx.tlog.key.name);
  if (size > (decided?.size ?? 0))
    return `The log here has ${decided?.size ?? 0} entries, but somebody holds a head over ${size} that this hub has signed.`;
  const read = readSubtreesFrom(readLogFilesIn(ctx.tlog.directory), decided?.size ?? 0, hashBytes);
  const own = await hashTree(size, read, hashBytes);
  return toHex(own) === toHex(root)
    ? null
    : `Somebody holds a head over ${size} entries that this hub has signed, with another root than the log here has.`;
}

/** By OpenSSL: ten times as fast as in JavaScript, and strangers choose how often it runs. */
function isOwn({ tlog }: Pick<HubContext, 'tlog'>, { size, root, signature }: ToldHead): boolean {
  const x = Buffer.from(tlog.key.publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(formatCheckpoint({ origin: tlog.key.name, size, root })), key, signature);
}
