import { join } from 'node:path';
import { readSmallFile, replaceFile } from '@callable/disk';
import { createHeadMemory, type HeadMemory } from '@callable/sdk';

/** A busy hub has a new head every second; a node that loses some of them still has one of this age. */
const betweenWritesMs = 5_000;

/** The last head of the hub's log that this node saw, over restarts: not durably, since any later one serves as well. */
export function openSeenHead(dataDir: string, onError: (error: unknown) => void): HeadMemory & AsyncDisposable {
  const path = join(dataDir, 'log-head-seen');
  let unwritten: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  const write = () => {
    const line = unwritten;
    unwritten = null;
    if (line !== null)
      writing = writing
        .then(() => replaceFile(path, Buffer.from(`${line}\n`), { mode: 0o600, sync: false }))
        .catch(onError);
    return writing;
  };
  const memory = createHeadMemory({
    recall: () => readSmallFile(path, 500),
    keep(line) {
      unwritten = line;
      if (timer) return;
      void write();
      timer = setTimeout(() => {
        timer = null;
        void write();
      }, betweenWritesMs).unref();
    },
  });
  return {
    ...memory,
    async [Symbol.asyncDispose]() {
      if (timer) clearTimeout(timer);
      await write();
    },
  };
}
