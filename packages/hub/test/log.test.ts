import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addressOf,
  decodeBundle,
  encodeEntry,
  fromHex,
  hashLeaf,
  isConsistent,
  type LogProof,
  type NoteKey,
  openCheckpoint,
  parseVerifierKey,
  proveInclusion,
  readSubtreesFrom,
  rootOfInclusion,
  toHex,
  verifyReceiptProof,
} from '@callable/protocol';
import { type Client, getLog, getProofOfCall, getReceiptProof, makeStatement, readLogFile } from '@callable/sdk';
import {
  asVersion2,
  joinAsNode,
  playBatches,
  publishBytes,
  randomKey,
  reportBatches,
  reportOf,
} from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultHubConfig } from '../src/index.ts';
import { readLogFilesIn } from '../src/log/directory/read-log-file.ts';
import { fileOldReceipts } from './file-old-receipts.ts';
import { readWholeLog } from './read-whole-log.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const second = { timeout: 10_000 };
const hex = (text: string) => fromHex(text) ?? new Uint8Array();

describe('the log over HTTP', () => {
  let hub: TestHub;
  let client: Client;
  let log: NoteKey;
  beforeAll(async () => {
    hub = await startTestHub({ config: { limits: { ...defaultHubConfig.limits, statementPace: 100 } } });
    client = hub.client();
    log = parseVerifierKey((await getLog(client)).vkey) as NoteKey;
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const read = () => readWholeLog(readLogFile(client), log);
  const claim = (handle: string) =>
    makeStatement(hub.client(), { kind: 'handle.claimed', subject: handle, body: { handle } });
  const sizeOf = async () => (await getLog(client)).size ?? 0;

  it('opens with a statement by which the hub names its key, and verifies from its files alone', async () => {
    await publishBytes(client, Buffer.from('logged'), {});
    await expect.poll(sizeOf, second).toBeGreaterThan(2);
    const { entries } = await read();
    const kinds = entries.map(({ statement }) => statement.kind);
    expect(kinds).toContain('release.published');
    const opened = entries[kinds.indexOf('log.opened')]?.statement;
    expect(opened).toMatchObject({
      signer: addressOf(hub.ctx.key),
      body: { origin: `callable/${addressOf(hub.ctx.key)}`, vkey: hub.ctx.tlog.vkey },
    });
    expect(kinds.filter((kind) => kind === 'log.opened')).toHaveLength(1);
  });

  it('a statement is in a published checkpoint within two seconds, under its number', async () => {
    const startedAt = Date.now();
    const { seq, statement, loggedAt } = await claim('soon-logged');
    await expect.poll(sizeOf, { ...second, interval: 20 }).toBeGreaterThan(seq);
    expect(Date.now() - startedAt).toBeLessThan(2000);
    expect((await read()).entries[seq]).toEqual({ loggedAt: Date.parse(loggedAt), statement });
  });

  it('attack: one statement a second multiplies nothing: only the widest partial is kept, narrower ones are cut from it', async () => {
    const sizes = [await sizeOf()];
    for (const handle of ['one', 'two', 'three', 'four']) {
      const { seq } = await claim(`slowly-${handle}`);
      await expect.poll(sizeOf, { ...second, interval: 20 }).toBeGreaterThan(seq);
      sizes.push(await sizeOf());
    }
    const { entries } = await read();
    const kept = () => readdir(join(hub.ctx.tlog.directory, 'tile', 'entries', '000.p'));
    const narrower = async () => (await kept()).filter((width) => Number(width) < (sizes.at(-1) ?? 0));
    // It is dropped after the checkpoint that needs it no more is there.
    await expect.poll(narrower, second).toEqual([]);
    const files = readLogFile(client);
    for (const width of [...sizes, 1]) {
      const cut = decodeBundle((await files(`tile/entries/000.p/${width}`)) ?? new Uint8Array());
      expect(cut).toEqual(entries.slice(0, width).map(encodeEntry));
      expect((await files(`tile/0/000.p/${width}`))?.length).toBe(32 * width);
    }
    expect(await files('tile/entries/000.p/255')).toBeNull();
    // Who proves something to a head of a moment ago still finds what it stood on.
    const [older] = sizes as [number];
    const subtrees = readSubtreesFrom(readLogFilesIn(hub.ctx.tlog.directory), older);
    expect(await proveInclusion(0, older, subtrees)).not.toEqual([]);
  });

  it('grows past full tiles, keeps no partial ones of these, and answers for them all the same', async () => {
    const atFirst = await read();
    for (let i = 0; i < 300; i++) await claim(`many-${i}`);
    await expect.poll(sizeOf, second).toBeGreaterThan(300);
    const { entries } = await read();
    expect(await readdir(join(hub.ctx.tlog.directory, 'tile', '0'))).not.toContain('000.p');
    const files = readLogFile(client);
    const { size } = atFirst.checkpoint;
    const partial = decodeBundle((await files(`tile/entries/000.p/${size}`)) ?? new Uint8Array());
    expect(partial).toEqual(entries.slice(0, size).map(encodeEntry));
    expect(await files(`tile/0/000.p/${size}`)).toEqual((await files('tile/0/000'))?.subarray(0, 32 * size));
    const prove = async (query: string) => {
      const answer = (await fetch(`${hub.url}/v1/log/proof?${query}`).then((one) => one.json())) as LogProof;
      const opened = openCheckpoint(answer.checkpoint, log);
      return { path: answer.path.map(hex), checkpoint: opened.ok ? opened.checkpoint : expect.fail(opened.why) };
    };
    const consistency = await prove(`from=${size}`);
    expect(isConsistent(atFirst.checkpoint, consistency.checkpoint, consistency.path)).toBe(true);
    const inclusion = await prove('index=7');
    const leaf = hashLeaf(encodeEntry(entries[7]!));
    const root = rootOfInclusion(7, inclusion.checkpoint.size, leaf, inclusion.path);
    expect(root && toHex(root)).toBe(toHex(inclusion.checkpoint.root));
    for (const query of ['', 'index=1&from=1', 'index=99999', 'from=99999', 'index=-1', 'index=x'])
      expect((await fetch(`${hub.url}/v1/log/proof?${query}`)).status, query).toBe(400);
  });

  it('says how long each of its files may be kept', async () => {
    const checkpoint = await fetch(`${hub.url}/log/checkpoint`);
    expect(checkpoint.headers.get('cache-control')).toBe('no-cache');
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const tile = await fetch(`${hub.url}/log/tile/0/000`);
    expect(tile.headers.get('cache-control')).toContain('immutable');
    expect(tile.headers.get('content-type')).toBe('application/octet-stream');
  });

  it.each([
    'tile/0/../../../hub-key',
    'tile/..%2f..%2f..%2fhub-key',
    'tile/0/x000/000',
    'tile/64/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/0000',
    'tile/0/999',
    'tile/entries/000%00',
    'tile/0',
    'receipts/999999',
    'receipts/..%2fcheckpoint',
    '.draft',
  ])('attack: the path %s reaches nothing', async (path) => {
    await writeFile(join(hub.ctx.tlog.directory, '.draft'), 'secret');
    const answer = await fetch(`${hub.url}/log/${path}`);
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain('secret');
  });

  it('a receipt of before is proven from its signature up to the checkpoint', async () => {
    const node = randomKey();
    await joinAsNode(hub.client(node));
    const { digest } = await publishBytes(client, Buffer.from('called'), { name: 'called' });
    const reports = Array.from({ length: 5 }, (_, seq) =>
      reportOf(node, digest, addressOf(randomKey()), seq, seq % 2 ? asVersion2('a1'.repeat(32)) : {}),
    );
    const before = await sizeOf();
    await fileOldReceipts(
      hub.ctx,
      reports.map(({ receipt }) => receipt),
    );
    await expect
      .poll(() => hub.ctx.db.selectFrom('receipt').select('batch').where('batch', 'is not', null).execute(), second)
      .toHaveLength(5);
    const rows = await hub.ctx.db.selectFrom('receipt').select(['id', 'batch']).execute();
    await expect.poll(sizeOf, second).toBeGreaterThan(Math.max(before, rows[0]?.batch ?? 0));
    const expected = { hub: addressOf(hub.ctx.key), log };
    for (const { id } of rows) {
      const proof = await getReceiptProof(client, id);
      expect(verifyReceiptProof(proof, expected)).toMatchObject({ ok: true, id });
      const other = reports.find(({ receipt }) => receipt.seq !== proof.receipt.seq)!.receipt;
      expect(verifyReceiptProof({ ...proof, receipt: other }, expected)).toEqual({ ok: false, why: 'batch' });
      const late = { ...proof.entry, loggedAt: proof.entry.loggedAt + 1 };
      expect(verifyReceiptProof({ ...proof, entry: late }, expected)).toEqual({ ok: false, why: 'entry' });
      expect(verifyReceiptProof(proof, { ...expected, hub: addressOf(node) })).toEqual({ ok: false, why: 'statement' });
      const tampered = { ...proof.receipt, price: '1' };
      expect(verifyReceiptProof({ ...proof, receipt: tampered }, expected)).toEqual({ ok: false, why: 'receipt' });
      const moved = {
        ...proof,
        checkpoint: proof.checkpoint.replace(`\n${(await read()).checkpoint.size}\n`, '\n9\n'),
      };
      expect(verifyReceiptProof(moved, expected)).toEqual({ ok: false, why: 'checkpoint' });
    }
    // From a static copy alone: the leaves of the batch are a file of the log.
    const leaves = await readLogFile(client)(`receipts/${rows[0]?.batch}`);
    expect(leaves).toHaveLength(5 * 32);
  });

  it('a receipt of a batch is proven by its path, the header in the log, and the checkpoint', async () => {
    const node = randomKey();
    await joinAsNode(hub.client(node));
    const { digest } = await publishBytes(client, Buffer.from('in batches'), { name: 'batches' });
    const player = playBatches(node, addressOf(hub.ctx.key));
    const calls = (count: number) => Array.from({ length: count }, () => ({ release: digest, caller: randomKey() }));
    const batches = [1, 4, 7].map((count) => player.batch(calls(count)));
    const other = playBatches(node, addressOf(hub.ctx.key)).batch(calls(2));
    const gateway = hub.client(hub.ctx.key);
    await Promise.all([reportBatches(gateway, batches), reportBatches(gateway, [other])]);
    const expected = { hub: addressOf(hub.ctx.key), log };
    const prove = (number: number) =>
      getProofOfCall(client, { session: player.session, number }).catch((error: { code: string }) => {
        if (error.code !== 'ReceiptNotLogged') throw error;
        return null;
      });
    await expect.poll(() => prove(0), second).not.toBeNull();
    const proofs = await Promise.all(Array.from({ length: 12 }, (_, number) => prove(number)));
    for (const [number, proof] of proofs.entries()) {
      if (!proof) throw new Error(`The receipt ${number} has no proof.`);
      expect(proof.receipt).toMatchObject({ version: 3, seq: number });
      expect(verifyReceiptProof(proof, expected)).toMatchObject({ ok: true });
      expect(verifyReceiptProof({ ...proof, index: proof.index + 1 }, expected)).toEqual({ ok: false, why: 'batch' });
      const tampered = { ...proof.receipt, units: 9 } as typeof proof.receipt;
      expect(verifyReceiptProof({ ...proof, receipt: tampered }, expected)).toEqual({ ok: false, why: 'receipt' });
    }
    await expect(getProofOfCall(client, { session: player.session, number: 12 })).rejects.toMatchObject({
      code: 'ReceiptNotFound',
    });
  });

  it('a receipt that is not in the log yet, or was never reported, says so', async () => {
    await expect(getReceiptProof(client, 'a'.repeat(64))).rejects.toMatchObject({ code: 'ReceiptNotFound' });
    const id = 'b'.repeat(64);
    const zero = `0x${'0'.repeat(40)}` as never;
    // A batch far ahead of the checkpoint is what a reader sees between two rounds.
    await hub.ctx.db
      .insertInto('receipt')
      .values({
        id,
        release: `sha256:${'c'.repeat(64)}` as never,
        node: zero,
        caller: zero,
        at: 0,
        outcome: 'good',
        content: '{}' as never,
        counted: true,
        session: '',
        batch: 999_999,
        batch_index: 0,
      })
      .execute();
    await expect(getReceiptProof(client, id)).rejects.toMatchObject({
      code: 'ReceiptNotLogged',
      details: { retryAfterSeconds: 1 },
    });
  });
});

it('two hub processes on one database and directory write one log', async () => {
  await using first = await startTestHub();
  const config = { dataDir: first.ctx.config.dataDir, databaseUrl: first.database.url };
  await using other = await startTestHub({ config });
  const clients = [first.client(), other.client()];
  const claim = (client: Client, handle: string) =>
    makeStatement({ ...client, key: randomKey() }, { kind: 'handle.claimed', subject: handle, body: { handle } });
  const roots = new Map<number, string>();
  for (let i = 0; i < 40; i++) {
    await Promise.all(clients.map((client, at) => claim(client, `both-${at}-${i}`)));
    const { checkpoint } = await readWholeLog(readLogFile(clients[i % 2]!), first.ctx.tlog.key).catch(() => ({
      checkpoint: null,
    }));
    if (checkpoint) roots.set(checkpoint.size, toHex(checkpoint.root));
  }
  const { n } = await first.ctx.db
    .selectFrom('statement')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  await expect.poll(async () => (await getLog(clients[0]!)).size, second).toBe(Number(n));
  const { rootAt } = await readWholeLog(readLogFile(clients[1]!), other.ctx.tlog.key);
  expect(roots.size).toBeGreaterThan(1);
  for (const [size, root] of roots) expect(await rootAt(size)).toBe(root);
});
