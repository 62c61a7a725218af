import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Checkpoint, type NoteKey, openCheckpoint, parseVerifierKey, toHex } from '@callable/protocol';
import { createClient, getLog, makeStatement, readLogFile } from '@callable/sdk';
import { randomKey } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { readWholeLog } from '../packages/hub/test/read-whole-log.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNetwork } from './support/start-network.ts';

const kills = 3;

it('attack: kill -9 of hub and database together leaves one history, of which every signed head is a part', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const heads: Checkpoint[] = [];
  const acknowledged = new Map<number, string>();
  let made = 0;
  for (let round = 0; round <= kills; round++) {
    await using network = await startNetwork({ dataDir: data.path, home: home.path });
    const client = createClient(network.url);
    const log = parseVerifierKey((await getLog(client)).vkey) as NoteKey;
    const before = (await getLog(client)).size ?? 0;
    let isOver = false;
    const claims = async () => {
      while (!isOver) {
        const handle = `kill-${made++}`;
        const fact = {
          kind: 'label.attached',
          subject: handle,
          body: { label: 'seen', attached: true, note: '' },
        } as const;
        const answer = await makeStatement({ ...client, key: randomKey() }, fact).catch(() => null);
        if (!answer) return;
        acknowledged.set(answer.seq, handle);
      }
    };
    const load = Promise.all([claims(), claims()]);
    await expect
      .poll(async () => (await getLog(client)).size, { timeout: 20_000, interval: 20 })
      .toBeGreaterThan(before);
    await delay(Math.random() * 300);
    if (round < kills) await network.kill('tree');
    isOver = true;
    await load;
    for (const path of ['log-head', 'log/checkpoint']) {
      const opened = openCheckpoint(await readFile(join(data.path, 'hub', path), 'utf8'), log);
      if (!opened.ok) throw new Error(`${path} does not verify after a kill: ${opened.why}.`);
      heads.push(opened.checkpoint);
    }
    if (round < kills) continue;
    const last = Math.max(...acknowledged.keys());
    await expect.poll(async () => (await getLog(client)).size, { timeout: 20_000 }).toBeGreaterThan(last);
    const { rootAt, entries } = await readWholeLog(readLogFile(client), log);
    for (const { size, root } of heads) expect(await rootAt(size)).toBe(toHex(root));
    for (const [seq, handle] of acknowledged) expect(entries[seq]?.statement.subject).toBe(handle);
    expect(await network.stop()).toBe(0);
  }
}, 180_000);
