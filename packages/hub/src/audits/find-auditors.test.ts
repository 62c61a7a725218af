import { setImmediate } from 'node:timers/promises';
import type { Address, Digest } from '@callable/protocol';
import { expect, onTestFinished, test } from 'vitest';
import type { HubContext } from '../context.ts';
import { createAuditorFinder } from './find-auditors.ts';

/** Every query of it is built, and fails, each a turn later than the one before. */
function deadDatabase(): HubContext['db'] {
  let turns = 0;
  const fail = async () => {
    for (let left = turns++; left > 0; left--) await setImmediate();
    throw new Error('write EPIPE');
  };
  const query: unknown = new Proxy(() => query, {
    get: (_, name) => (name === 'then' ? undefined : String(name).startsWith('execute') ? fail : query),
    apply: () => query,
  });
  return query as HubContext['db'];
}

test('a database that dies while auditors are drawn ends no hub: "triggerUncaughtException … write EPIPE"', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  onTestFinished(() => void process.off('unhandledRejection', hear));
  const ctx = { db: deadDatabase(), clock: () => 0, random: (length: number) => new Uint8Array(length), rules: {} };
  const find = createAuditorFinder(ctx as unknown as HubContext);
  await expect(find('0x00' as Address, 'sha256:00' as Digest, false)).rejects.toThrow('EPIPE');
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  expect(unheard).toEqual([]);
});
