import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Checkpoint,
  cosign,
  ed25519Cosignature,
  formatSignature,
  formatVerifierKey,
  type NoteKey,
  noteKeyOf,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  toHex,
} from '@callable/protocol';
import { createClient, getLog, makeStatement, readLogFile } from '@callable/sdk';
import { randomKey } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { createTestDatabase } from './create-test-database.ts';
import { readWholeLog } from './read-whole-log.ts';
import { startHubProcess } from './start-hub-process.ts';

const kills = 8;
const witnessKey = { name: 'witness.example', secret: new Uint8Array(32).fill(5) };

/** Sees every head that leaves the hub's process, cosigns all of them and remembers each: an auditor, not a witness. */
async function startAuditor() {
  const seen: Checkpoint[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const note = parseNote(parseAddCheckpoint(Buffer.concat(parts).toString())?.note ?? '');
    const checkpoint = note && parseCheckpoint(note.text);
    if (!note || !checkpoint) return void response.writeHead(400).end();
    seen.push(checkpoint);
    response.end(formatSignature(cosign(note.text, witnessKey, 1)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

it('attack: kill -9 at random moments never makes two roots for one size', async () => {
  await using database = await createTestDatabase();
  await using directory = await createTestDirectory();
  await using auditor = await startAuditor();
  const vkey = formatVerifierKey(noteKeyOf(witnessKey.name, witnessKey.secret, ed25519Cosignature));
  const env = {
    CALLABLE_DATA: directory.path,
    DATABASE_URL: database.url,
    CALLABLE_HUB_PORT: '0',
    CALLABLE_LOG_WITNESSES: `${auditor.url} ${vkey}`,
    // It writes as fast as it can.
    CALLABLE_STATEMENT_PACE: '1000',
  };
  const published: Checkpoint[] = [];
  const acknowledged = new Map<number, string>();
  let made = 0;
  for (let round = 0; round <= kills; round++) {
    const { child, url } = await startHubProcess(env);
    const exited = once(child, 'exit');
    const client = createClient(url, { key: randomKey() });
    const isLast = round === kills;
    const heads = auditor.seen.length;
    let isOver = false;
    const claims = async () => {
      while (!isOver) {
        const handle = `kill-${made++}`;
        const fact = { kind: 'handle.claimed', subject: handle, body: { handle } } as const;
        const answer = await makeStatement({ ...client, key: randomKey() }, fact).catch(() => null);
        if (!answer) return;
        acknowledged.set(answer.seq, handle);
      }
    };
    const load = Promise.all([claims(), claims(), claims()]);
    // Past the first new head of this life, which also means that what the last kill left was taken up again.
    await expect.poll(() => auditor.seen.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(heads);
    await delay(Math.random() * 400);
    if (!isLast) child.kill('SIGKILL');
    isOver = true;
    if (!isLast) await exited;
    await load;
    const note = parseNote(await readFile(join(directory.path, 'log', 'checkpoint'), 'utf8').catch(() => ''));
    const checkpoint = note && parseCheckpoint(note.text);
    if (checkpoint) published.push(checkpoint);
    if (!isLast) continue;
    const last = Math.max(...acknowledged.keys());
    await expect.poll(async () => (await getLog(client)).size, { timeout: 10_000 }).toBeGreaterThan(last);
    const log = parseVerifierKey((await getLog(client)).vkey) as NoteKey;
    const whole = await readWholeLog(readLogFile(client), log);
    child.kill('SIGTERM');
    await exited;
    for (const { size, root } of [...auditor.seen, ...published])
      if (size <= whole.checkpoint.size) expect(await whole.rootAt(size)).toBe(toHex(root));
    for (const [seq, handle] of acknowledged) expect(whole.entries[seq]?.statement.subject).toBe(handle);
    const sizes = auditor.seen.map(({ size }) => size);
    console.log(
      `log-kill: ${kills} kills, ${new Set(sizes).size} heads over up to ${whole.checkpoint.size} entries, ${sizes.length - new Set(sizes).size} asked for again`,
    );
  }
}, 180_000);
