import {
  decodeEntry,
  encodeEntry,
  GrowingTree,
  hashLeaf,
  type LogEntry,
  readBundle,
  tileWidth,
  toHex,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { hashBytes } from '../log/directory/hash-bytes.ts';
import type { LogHead } from '../log/log-head.ts';
import type { LogSource } from './log-source.ts';

/** The entries that differ from the statements here, by index; or what stands in the way, one sentence. */
export type AssembledLog = { ok: true; puts: Map<number, LogEntry> } | { ok: false; why: string };

/**
 * Makes the log of a signed head from the statements here and what sources have. It is right when its root is that of the
 * head: no source can add, leave out or change an entry. `others` are heads this hub signed too; when one of them is not
 * in it, two histories were signed, and no log holds both.
 */
export async function assembleLog(
  ctx: Pick<HubContext, 'db'>,
  head: LogHead,
  sources: readonly LogSource[],
  others: readonly LogHead[],
): Promise<AssembledLog> {
  const brought = new Map<number, Uint8Array[]>();
  let found: AssembledLog = { ok: false, why: 'Nothing was looked at.' };
  // From the end down to where both agree; and when that makes another root, to the beginning.
  for (const isEdgeOnly of [true, false]) {
    const gap = await bring(ctx, head.size, sources, brought, isEdgeOnly);
    if (gap) return { ok: false, why: gap };
    found = await makeRoot(ctx, head, brought, others);
    if (found.ok) return found;
  }
  return found;
}

/** Collects the bundles that differ from the statements here; a sentence when some are nowhere. */
async function bring(
  ctx: Pick<HubContext, 'db'>,
  size: number,
  sources: readonly LogSource[],
  brought: Map<number, Uint8Array[]>,
  isEdgeOnly: boolean,
): Promise<string | null> {
  for (let index = Math.ceil(size / tileWidth) - 1; index >= 0; index--) {
    if (brought.has(index)) continue;
    const width = Math.min(tileWidth, size - index * tileWidth);
    const own = await readOwn(ctx, index, width);
    const theirs = await readFirst(sources, { index, width });
    const isWhole = own.length === width;
    if (!theirs && !isWhole) {
      const from = index * tileWidth + own.length;
      return `Entries ${from} to ${index * tileWidth + width - 1} are in none of: ${sources.map(({ name }) => name).join(', ') || 'nothing'}.`;
    }
    const isSame = !theirs || (isWhole && own.every((entry, i) => Buffer.compare(entry, theirs[i] as never) === 0));
    if (!isSame) brought.set(index, theirs);
    else if (isEdgeOnly) return null;
  }
  return null;
}

async function makeRoot(
  ctx: Pick<HubContext, 'db'>,
  head: LogHead,
  brought: ReadonlyMap<number, Uint8Array[]>,
  others: readonly LogHead[],
): Promise<AssembledLog> {
  const tree = new GrowingTree(hashBytes);
  const puts = new Map<number, LogEntry>();
  const signed = others.filter(({ size }) => size > 0 && size <= head.size);
  let contradicted: number | null = null;
  for (let index = 0; index * tileWidth < head.size; index++) {
    const width = Math.min(tileWidth, head.size - index * tileWidth);
    const own = await readOwn(ctx, index, width);
    const entries = brought.get(index) ?? own;
    for (const [i, bytes] of entries.entries()) {
      tree.append(hashLeaf(bytes, hashBytes));
      for (const other of signed)
        if (other.size === tree.size && toHex(await tree.root()) !== toHex(other.root)) contradicted = other.size;
      const ours = own[i];
      if (ours && Buffer.compare(ours, bytes) === 0) continue;
      const entry = decodeEntry(bytes);
      if (!entry) return { ok: false, why: `Entry ${index * tileWidth + i} of the copy is no entry of a log.` };
      puts.set(index * tileWidth + i, entry);
    }
    tree.takeFinished();
  }
  if (tree.size !== head.size || toHex(await tree.root()) !== toHex(head.root))
    return { ok: false, why: `What is here and in the copy does not make the head over ${head.size} entries.` };
  if (contradicted !== null)
    return {
      ok: false,
      why: `This hub has signed two histories: its heads over ${contradicted} and ${head.size} entries contradict each other.`,
    };
  return { ok: true, puts };
}

async function readFirst(
  sources: readonly LogSource[],
  bundle: { index: number; width: number },
): Promise<Uint8Array[] | null> {
  for (const { read } of sources) {
    // One that is away, damaged or another log has nothing; the root tells in the end.
    const entries = await readBundle(read, bundle).catch(() => null);
    if (entries) return entries;
  }
  return null;
}

/** The entries of the statements here in a bundle, up to the first that is missing. */
async function readOwn({ db }: Pick<HubContext, 'db'>, index: number, width: number): Promise<Uint8Array[]> {
  const first = index * tileWidth;
  const rows = await db
    .selectFrom('statement')
    .select(['seq', 'logged_at', 'content'])
    .where('seq', '>=', first)
    .where('seq', '<', first + width)
    .orderBy('seq')
    .execute();
  const gap = rows.findIndex(({ seq }, i) => seq !== first + i);
  return rows
    .slice(0, gap < 0 ? rows.length : gap)
    .map(({ logged_at: loggedAt, content }) => encodeEntry({ loggedAt, statement: readJson(content) }));
}
