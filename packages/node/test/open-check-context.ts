import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FormatTable, formatTable } from '@callable/formats';
import { addressOf, createPrivateKey, type Digest, digestJson } from '@callable/protocol';
import { createRuntimes, type RuntimeTable, runtimeTable } from '@callable/runtime';
import type { Release } from '@callable/stand-ins';
import { pino } from 'pino';
import type { CachedRelease } from '../src/cache/cached-release.ts';
import { createDemand } from '../src/cache/demand.ts';
import { createHolds } from '../src/cache/holds.ts';
import { completeSettings } from '../src/config.ts';
import type { NodeContext } from '../src/context.ts';
import { createReplicaSet } from '../src/replicas/create-replica-set.ts';
import type { ValidationContext } from '../src/tasks/validate-release.ts';

export type CheckContext = AsyncDisposable & {
  context: ValidationContext;
  /** Puts a release where a fetch would have put it. */
  place(release: Release, more?: Record<string, Uint8Array>): Promise<CachedRelease>;
};

/** What a validation needs of a node, with real processes and no hub: the files are there already. */
export async function openCheckContext(
  tables: { formats?: FormatTable; runtimes?: RuntimeTable } = {},
): Promise<CheckContext> {
  const { formats = formatTable, runtimes = runtimeTable } = tables;
  const root = await mkdtemp(join(tmpdir(), 'callable-checks-'));
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const key = createPrivateKey(random);
  const config = completeSettings({
    hubUrl: 'http://127.0.0.1:1',
    dataDir: root,
    key,
    memoryBytes: 4e9,
    peerListen: null,
  });
  const runtime = createRuntimes({ directory: root, runtimes });
  const adjudicator = createRuntimes({ engine: 'wasm', directory: root, runtimes, memoryBytes: 512 * 1024 * 1024 });
  const placed = new Map<Digest, CachedRelease>();
  const parts = {
    config,
    clock: Date.now,
    formats,
    runtime,
    demand: createDemand(Date.now),
    holds: createHolds(),
  };
  const replicas = createReplicaSet({
    ...parts,
    cache: { verify: async () => {} },
    quarantine: { recordCrash: () => {} },
    lifetime: new AbortController().signal,
    onChange: () => {},
  } as never);
  const cache = {
    find: (digest: Digest) => placed.get(digest) ?? null,
    fetch: async (digest: Digest) => placed.get(digest),
  } as unknown as NodeContext['cache'];
  const hub = undefined as unknown as NodeContext['hub'];
  const log = pino({ level: 'silent' });
  return {
    context: { ...parts, hub, cache, replicas, adjudicator, address: addressOf(key), random, log },
    async place({ manifest, files }, more = {}) {
      const directory = await mkdtemp(join(root, 'release-'));
      await writeFile(join(directory, manifest.entry), files[0] ?? new Uint8Array(0));
      for (const [path, bytes] of Object.entries(more)) await writeFile(join(directory, path), bytes);
      const release = { digest: digestJson(manifest), manifest, directory };
      placed.set(release.digest, release);
      return release;
    },
    async [Symbol.asyncDispose]() {
      for (const each of [replicas, runtime, adjudicator]) await each[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
