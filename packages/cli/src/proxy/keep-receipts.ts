import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatJson } from '../terminal/format-json.ts';
import type { KeptReceipt } from './proxy-settings.ts';

/** The oldest go first: about 4 kB each on a disk. */
const mostKept = 10_000;

/** Writes each receipt to a file of its own, for `callable verify`. Inputs and outputs are not kept. `close` waits for the last. */
export async function openReceiptKeeper(
  directory: string,
  { clock, onError }: { clock: () => number; onError: (error: unknown) => void },
): Promise<{ keep: (receipt: KeptReceipt) => void; close: () => Promise<void> }> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  let last: Promise<void> = Promise.resolve();

  async function write(receipt: KeptReceipt): Promise<void> {
    const name = `${new Date(clock()).toISOString().replaceAll(':', '-')}-${randomUUID().slice(0, 8)}.json`;
    await writeFile(join(directory, name), `${formatJson(receipt)}\n`, { mode: 0o600, flag: 'wx' });
    names.push(name);
    for (const old of names.splice(0, Math.max(0, names.length - mostKept)))
      await rm(join(directory, old), { force: true });
  }

  return {
    keep: (receipt) => {
      last = last.then(() => write(receipt)).catch(onError);
    },
    close: () => last,
  };
}
