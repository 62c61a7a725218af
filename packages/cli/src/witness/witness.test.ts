import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cosignedAt,
  ed25519Cosignature,
  ed25519Note,
  emptyRoot,
  findEquivocation,
  formatAddCheckpoint,
  formatCheckpoint,
  formatNote,
  hashLeaf,
  hashTree,
  noteKeyOf,
  parseNote,
  proveConsistency,
  readSubtreesOfLeaves,
  signNote,
  toBase64,
} from '@callable/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWitness } from './open-witness.ts';
import { serveWitness } from './serve-witness.ts';

const name = 'callable/0xlog';
const secret = new Uint8Array(32).fill(7);
const log = noteKeyOf(name, secret, ed25519Note);
const witnessKey = { name: 'witness.example/1', secret: new Uint8Array(32).fill(8) };
const witnessVerifier = noteKeyOf(witnessKey.name, witnessKey.secret, ed25519Cosignature);
const leavesOf = (history: string) => Array.from({ length: 40 }, (_, i) => hashLeaf(Buffer.from(`${history} ${i}`)));
const honest = leavesOf('honest');
const forked = [...honest.slice(0, 10), ...leavesOf('forked').slice(10)];

async function noteOf(leaves: readonly Uint8Array[], size: number, by = { name, secret }) {
  const root = await hashTree(size, readSubtreesOfLeaves(leaves));
  const text = formatCheckpoint({ origin: by.name, size, root });
  return formatNote({ text, signatures: [signNote(text, by)] });
}

async function requestOf(leaves: readonly Uint8Array[], old: number, size: number) {
  const proof = old <= size ? await proveConsistency(old, size, readSubtreesOfLeaves(leaves)) : [];
  return formatAddCheckpoint({ old, proof, note: await noteOf(leaves, size) });
}

describe('a witness over HTTP', () => {
  let directory: string;
  let recordFile: string;
  let served: Awaited<ReturnType<typeof serveWitness>>;
  const start = async () => {
    const witness = await openWitness({ log, key: witnessKey, recordFile, clock: () => 1_790_000_000_999 });
    served = await serveWitness(witness, {
      host: '127.0.0.1',
      port: 0,
      onError: (error) => expect.fail(String(error)),
    });
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'callable-witness-'));
    recordFile = join(directory, 'checkpoint');
    await start();
  });
  afterEach(async () => {
    await served[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const add = async (body: string, path = '/add-checkpoint') => {
    const answer = await fetch(served.url + path, { method: 'POST', body });
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
  };

  it('cosigns a log as it grows, with the time, and keeps its record before it answers', async () => {
    for (const [old, size] of [
      [0, 3],
      [3, 3],
      [3, 17],
      [17, 40],
    ] as const) {
      const answer = await add(await requestOf(honest, old, size));
      expect(answer.status).toBe(200);
      const note = parseNote((await noteOf(honest, size)) + answer.body);
      expect(note && cosignedAt(note, witnessVerifier)).toBe(1_790_000_000);
      expect(await readFile(recordFile, 'utf8')).toBe(await noteOf(honest, size));
    }
  });

  it('tells which size it holds when the old size is another one', async () => {
    await add(await requestOf(honest, 0, 12));
    for (const [old, size] of [
      [0, 20],
      [11, 20],
      [13, 20],
      [0, 12],
      [5, 11],
    ] as const)
      expect(await add(await requestOf(honest, old, size))).toEqual({
        status: 409,
        type: 'text/x.tlog.size',
        body: '12\n',
      });
  });

  it('remembers across a restart', async () => {
    await add(await requestOf(honest, 0, 12));
    await served[Symbol.asyncDispose]();
    await start();
    expect((await add(await requestOf(honest, 0, 12))).body).toBe('12\n');
    expect((await add(await requestOf(honest, 12, 13))).status).toBe(200);
  });

  it('does not start with a record it cannot read: that would be to forget', async () => {
    await served[Symbol.asyncDispose]();
    await writeFile(recordFile, 'garbage');
    await expect(start()).rejects.toThrow('is not a checkpoint');
    await rm(recordFile);
    await start();
  });

  it('attack: two histories, one shown after the other', async () => {
    await add(await requestOf(honest, 0, 20));
    expect((await add(await requestOf(forked, 20, 30))).status).toBe(422);
    expect(await add(await requestOf(forked, 20, 20))).toMatchObject({
      status: 409,
      type: 'text/plain; charset=utf-8',
    });
    expect((await add(await requestOf(honest, 20, 21))).status).toBe(200);
    const [a, b] = [await noteOf(honest, 20), await noteOf(forked, 20)];
    expect(findEquivocation(a, b, log)).toMatchObject({ origin: name, size: 20 });
    expect(findEquivocation(a, a, log)).toBeNull();
    expect(findEquivocation(a, await noteOf(honest, 21), log)).toBeNull();
    const byOther = await noteOf(forked, 20, { name, secret: new Uint8Array(32).fill(9) });
    expect(findEquivocation(a, byOther, log)).toBeNull();
  });

  it('attack: two histories at the same moment, of which it cosigns one', async () => {
    const answers = await Promise.all([
      add(await requestOf(honest, 0, 20)),
      add(await requestOf(forked, 0, 20)),
      add(await requestOf(honest, 0, 25)),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('attack: checkpoints of another log, under another key, with another proof or no shape', async () => {
    const other = await noteOf(honest, 5, { name: 'other.example', secret });
    expect((await add(formatAddCheckpoint({ old: 0, proof: [], note: other }))).status).toBe(404);
    const forged = await noteOf(honest, 5, { name, secret: new Uint8Array(32).fill(9) });
    expect((await add(formatAddCheckpoint({ old: 0, proof: [], note: forged }))).status).toBe(403);
    const note = await noteOf(honest, 5);
    expect((await add(formatAddCheckpoint({ old: 6, proof: [], note }))).status).toBe(400);
    expect((await add(formatAddCheckpoint({ old: 0, proof: [emptyRoot()], note }))).status).toBe(422);
    for (const body of [
      '',
      'old 0\n',
      `old 00\n\n${note}`,
      `old -1\n\n${note}`,
      `old 0\nAAAA\n\n${note}`,
      `old 0\n${`${toBase64(emptyRoot())}\n`.repeat(64)}\n${note}`,
      `old 0\n\n${note.replace('\n5\n', '\n05\n')}`,
    ])
      expect((await add(body)).status, body.slice(0, 40)).toBe(400);
    expect((await add('x'.repeat(70_000))).status).toBe(413);
    expect((await add(await requestOf(honest, 0, 5), '/')).status).toBe(404);
    expect((await add(await requestOf(honest, 0, 5))).status).toBe(200);
  });
});
