import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { shareMachine } from './share-machine.ts';

test('several nodes take together what one would, and each can serve two callers at once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'callable-share-'));
  try {
    const whole = { memoryBytes: 8e9, diskBytes: 90e9, slots: 8 };
    const settings = { hubUrl: 'http://127.0.0.1:1', dataDir, key: randomKey(), ...whole };
    expect(shareMachine(settings, 3)).toEqual({ memoryBytes: 2_666_666_666, diskBytes: 30e9, slots: 2 });
    expect(shareMachine(settings, 64)).toMatchObject({ memoryBytes: 125e6, slots: 2 });
    // What nobody decided comes of the machine.
    const { memoryBytes, diskBytes, slots } = shareMachine({ hubUrl: settings.hubUrl, dataDir, key: settings.key }, 2);
    expect([memoryBytes > 0, diskBytes > 0, slots >= 2]).toEqual([true, true, true]);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
