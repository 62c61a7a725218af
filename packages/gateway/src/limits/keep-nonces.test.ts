import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, createNonceMemory } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepNonces } from './keep-nonces.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-nonces-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test.runIf(process.platform === 'linux')(
  'a full disk stops no signed call, and a replay is refused all the same',
  async () => {
    const now = 1_790_000_000_000;
    const onFull = vi.fn();
    using kept = keepNonces(
      directory,
      createNonceMemory(() => now),
      () => now,
      onFull,
    );
    // Every write to its file fails as on a disk without room.
    await symlink('/dev/full', join(directory, `nonces-${now}`));
    const signer = `0x${'1'.repeat(40)}` as Address;
    const nonce = (n: number) => n.toString(16).padStart(64, '0');
    expect(await kept.remember(signer, nonce(1), now)).toBe('new');
    expect(await kept.remember(signer, nonce(2), now)).toBe('new');
    expect(await kept.remember(signer, nonce(1), now)).toBe('seen');
    expect(onFull).toHaveBeenCalledTimes(1);
  },
);
