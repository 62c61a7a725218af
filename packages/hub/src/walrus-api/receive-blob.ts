import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, translateDiskError, writeHashed } from '@callable/disk';
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
  try {
    const written = await writeHashed(path, body, (size) => {
      if (size > ctx.config.walrusApi.blobBytes) throw bodyTooLarge();
    });
    return { path, ...written, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw translateDiskError(error);
  }
}

/** In plain text: it is the server around the daemon that says so. */
export const bodyTooLarge = (): WalrusProblem =>
  new WalrusProblem(413, 'Failed to buffer the request body: length limit exceeded');
