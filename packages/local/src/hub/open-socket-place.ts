import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const longestPath = 100;

export type SocketPlace = AsyncDisposable & { path: string };

/**
 * Where the hub of a network listens: on a socket in its own directory, which only its user can enter, so that nobody else
 * says where a request comes from. Where that path is too long for a socket it is in a temporary directory of its own.
 */
export async function openSocketPlace(hubDir: string): Promise<SocketPlace> {
  const none = { [Symbol.asyncDispose]: async () => undefined };
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\callable-${randomUUID()}`, ...none };
  const path = join(hubDir, 'door.sock');
  if (Buffer.byteLength(path) <= longestPath) return { path, ...none };
  const directory = await mkdtemp(join(tmpdir(), 'callable-'));
  return {
    path: join(directory, 'door.sock'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
