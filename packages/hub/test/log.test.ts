import {
  decodeEntry,
  hashLeaf,
  hashTree,
  type NoteKey,
  openCheckpoint,
  parseVerifierKey,
  readEntries,
  readSubtreesFrom,
  toHex,
} from '@callable/protocol';
import { getLog, readLogFile } from '@callable/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishBytes } from './publish-bytes.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describe('the log over HTTP', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  it('opens with a statement of the hub that names its key, and verifies from its files alone', async () => {
    const client = hub.client();
    await publishBytes(client, Buffer.from('logged'), {});
    await expect.poll(async () => (await getLog(client)).size ?? 0, { timeout: 5000 }).toBeGreaterThan(2);
    const { vkey } = await getLog(client);
    const log = parseVerifierKey(vkey) as NoteKey;
    const read = readLogFile(client);
    const opened = openCheckpoint(Buffer.from((await read('checkpoint'))!).toString(), log);
    if (!opened.ok) throw new Error(opened.why);
    const { size, root } = opened.checkpoint;
    expect(toHex(await hashTree(size, readSubtreesFrom(read, size)))).toBe(toHex(root));
    const kinds: string[] = [];
    const leaves: Uint8Array[] = [];
    for await (const { bytes } of readEntries(read, size)) {
      leaves.push(hashLeaf(bytes));
      kinds.push(decodeEntry(bytes)!.statement.kind);
    }
    expect(kinds).toContain('log.opened');
    expect(kinds).toContain('release.published');
  });
});
