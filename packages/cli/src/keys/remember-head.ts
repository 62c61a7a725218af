import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSmallFile, replaceFile } from '@callable/disk';
import { createHeadMemory, type HeadMemory } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';
import { locateHome } from './locate-home.ts';

/** The last head of a hub's log that this user saw, by the hub's address. That it cannot be kept stops no command. */
export function rememberHead(context: Pick<CliContext, 'env' | 'cwd'>, hub: string): HeadMemory {
  const name = createHash('sha256').update(hub).digest('hex').slice(0, 32);
  const path = join(locateHome(context), 'log-heads', name);
  return createHeadMemory({
    recall: () => readSmallFile(path, 500),
    keep: (line) =>
      void mkdir(dirname(path), { recursive: true, mode: 0o700 })
        .then(() => replaceFile(path, `${line}\n`, { mode: 0o600, sync: false }))
        .catch(() => undefined),
  });
}
