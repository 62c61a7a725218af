import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, translateDiskError } from '@callable/storage';
import type { HubContext } from '../context.ts';
import { WalrusProblem } from './walrus-problem.ts';

export type ReceivedBlob = AsyncDisposable & { path: string; sha256: string; size: number };

export const incomingDirectory = (ctx: Pick<HubContext, 'config'>) => join(ctx.config.dataDir, 'walrus');

/** Writes a body to a file while hashing it, in bounded memory; dispose removes what nobody took over. */
export async function receiveBlob(
  ctx: Pick<HubContext, 'config'>,
  body: AsyncIterable<Uint8Array>,
): Promise<ReceivedBlob> {
  const directory = incomingDirectory(ctx);
  await makeDirectory(directory);
  const path = join(directory, randomUUID());
  const dispose = () => rm(path, { force: true });
  const hash = createHash('sha256');
  let size = 0;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const piece of body) {
        size += piece.length;
        if (size > ctx.config.walrus.blobBytes) throw bodyTooLarge();
        hash.update(piece);
        await file.writeFile(piece);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    await dispose();
    throw translateDiskError(error);
  }
  return { path, size, sha256: hash.digest('hex'), [Symbol.asyncDispose]: dispose };
}

/** In plain text: it is the server around the daemon that says so. */
export const bodyTooLarge = (): WalrusProblem =>
  new WalrusProblem(413, 'Failed to buffer the request body: length limit exceeded');
