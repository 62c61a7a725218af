import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';

export type WriteOptions = {
  /** Who may read it; only the owner when nothing is said. */
  mode?: number;
  /** Whether its bytes are on the disk before it gets its name; true when nothing is said. */
  sync?: boolean;
};

/** Writes a file beside `path` and lets `name` give it its name; however that ends, no draft is left. */
export async function writeDraft<Result>(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, sync = true }: WriteOptions,
  name: (draft: string) => Promise<Result>,
): Promise<Result> {
  const draft = `${path}.${randomUUID()}.draft`;
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(content);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
    return await name(draft);
  } finally {
    await rm(draft, { force: true });
  }
}
