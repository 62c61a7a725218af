import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Address,
  type AuditView,
  addressOf,
  type Digest,
  defaultPolicy,
  isDrawnForAudit,
  type Policy,
  type PrivateKey,
} from '@callable/protocol';
import { type Client, getAudit, listAudits, listNodes, makeStatement, readShownCall, showCall } from '@callable/sdk';
import {
  isTrue,
  joinAsNode,
  lease,
  playBatches,
  publishBytes,
  randomKey,
  reportBatches,
  reportCall,
  reportOf,
  untilRelease,
} from '@callable/stand-ins';
import { afterEach, describe, expect, it } from 'vitest';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { type Part, playNodes, showBytes } from './play-audits.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const keyOf = (client: Client) => client.key as PrivateKey;
const nodeOf = (client: Client) => addressOf(keyOf(client));
const checked = { auditClass: 1, spread: 0 };

describe('audits', () => {
  let hub: TestHub;
  let gateway: Client;
  let playing: AsyncDisposable | null = null;
  afterEach(async () => {
    await playing?.[Symbol.asyncDispose]();
    playing = null;
    await expectKeptStatesToFollow(hub.ctx);
    await hub[Symbol.asyncDispose]();
  });

  /** A hub with so many nodes that do as told, and a release all of them have verified. */
  async function start(
    count: number,
    partOf: (at: number, nodes: readonly Address[]) => Part = () => ({}),
    audits: Partial<Policy['audits']> = {},
  ) {
    const policy = {
      ...defaultPolicy,
      validators: { draw: 8, quorum: 1, revealSeconds: 1 },
      audits: { ...defaultPolicy.audits, share: 1, ...audits },
    };
    hub = await startTestHub({ config: { policy } });
    gateway = hub.client(hub.ctx.key);
    const nodes = Array.from({ length: count }, () => hub.client());
    for (const node of nodes) {
      await joinAsNode(node);
      await lease(node, 0);
    }
    const addresses = nodes.map(nodeOf);
    playing = playNodes(nodes, (node) => ({ validation: checked, ...partOf(addresses.indexOf(node), addresses) }));
    const { digest } = await publishBytes(hub.client(), Buffer.from('a model'));
    await untilRelease(
      gateway,
      digest,
      (view) => view.verification?.reports.length === count && isTrue('Verified')(view),
    );
    return { nodes, digest };
  }
  const call = (node: Client, release: Digest, next: number, session = 'a0'.repeat(32)) =>
    reportCall(gateway, keyOf(node), { release, caller: randomKey() }, { session, next });
  async function until<Value>(look: () => Promise<Value | null | undefined | false>): Promise<Value> {
    for (const end = Date.now() + 45_000; ; ) {
      const found = await look();
      if (found) return found;
      if (Date.now() > end)
        throw new Error(`It never came to that: ${JSON.stringify(await listAudits(gateway), null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const auditWhere = (holds: (audit: AuditView) => boolean) =>
    until(async () => (await listAudits(gateway)).audits.find(holds));
  const auditOf = (node: Client, stage = 'done') =>
    auditWhere((one) => one.node === nodeOf(node) && one.stage === stage);
  const viewOf = async (node: Client) => (await listNodes(gateway)).nodes.find((one) => one.node === nodeOf(node));

  it('a drawn call is shown, run again and confirmed; what was shown is gone afterwards', async () => {
    const { nodes, digest } = await start(3);
    const [node] = nodes as [Client];
    await call(node, digest, 1);
    const audit = await auditOf(node);
    expect(audit).toMatchObject({ kind: 'call', outcome: 'AnswerConfirmed', auditClass: 1, tolerance: 2e-5 });
    expect(audit.auditors).toHaveLength(1);
    expect(audit.auditors).not.toContain(nodeOf(node));
    // Whoever has the checkpoint can tell that the hub did not choose.
    expect(isDrawnForAudit(Buffer.from(audit.checkpoint.root, 'hex'), audit.receipt, 1)).toBe(true);
    expect((await viewOf(node))?.reliability.audits).toBe(1);
    const directory = join(hub.ctx.config.dataDir, 'audits');
    await until(async () => (await readdir(directory)).length === 0);
  });

  it("attack: another model's output under a valid receipt costs all standing and convicts nobody", async () => {
    const { nodes, digest } = await start(5, (_, [liar]) => ({
      finds: ({ node }) => (node === liar ? 'AnswerWrong' : 'AnswerConfirmed'),
    }));
    const [first, ...honest] = nodes as [Client, ...Client[]];
    await call(first, digest, 1);
    const audit = await auditOf(first);
    expect(audit.outcome).toBe('AnswerWrong');
    expect(audit.auditors).toHaveLength(3);
    const view = await viewOf(first);
    // Nobody else can see what the caller asked, so this is no proof that others could look at.
    expect(view?.convicted).toBeNull();
    expect(view?.standing).toMatchObject({ class: 'newcomer', confirmed: 0 });
    const before = (await viewOf(honest[0] as Client))?.reliability.atLeast ?? 0;
    expect(view?.reliability.atLeast).toBeLessThan(before);
  });

  it('attack: a node accuses an honest one, and the judges clear it', async () => {
    // The fifth accuses whoever it is drawn for; as a judge it is one of three.
    const { nodes, digest } = await start(5, (at) => ({
      finds: () => (at === 4 ? 'AnswerWrong' : 'AnswerConfirmed'),
    }));
    const [honest] = nodes as [Client];
    // It is drawn first for a quarter of them: by forty calls, with all but one chance in a hundred thousand.
    for (let count = 10; count <= 60; count += 10) {
      for (let seq = count - 9; seq <= count; seq++) await call(honest, digest, seq);
      const { audits } = await until(async () => {
        const list = await listAudits(gateway);
        return list.audits.length === count && list.audits.every(({ stage }) => stage === 'done') ? list : null;
      });
      if (audits.some(({ auditors }) => auditors.length === 3)) break;
    }
    const { audits } = await listAudits(gateway);
    const judged = audits.find(({ auditors }) => auditors.length === 3);
    expect(judged?.outcome).toBe('AnswerConfirmed');
    const view = await viewOf(honest);
    expect(view?.convicted).toBeNull();
    expect(view?.reliability.audits).toBe(audits.length);
  }, 180_000);

  it('attack: in a network of two the word of one convicts nobody', async () => {
    const { nodes, digest } = await start(2, () => ({ finds: () => 'AnswerWrong' }));
    const [accused] = nodes as [Client];
    await call(accused, digest, 1);
    const audit = await auditWhere(({ stage, message }) => stage === 'judge' && message.includes('not there'));
    expect(audit.auditors).toEqual([]);
    expect((await viewOf(accused))?.convicted).toBeNull();
    expect((await viewOf(accused))?.reliability.audits).toBe(0);
  });

  it('attack: a node that hides its calls is no liar, but less reliable', async () => {
    const { nodes, digest } = await start(3, (at) => ({ shows: () => (at === 0 ? null : new Uint8Array(1)) }));
    const [first, second] = nodes as [Client, Client];
    const hider = nodeOf(first);
    await call(first, digest, 1);
    await call(second, digest, 1);
    const asked = await until(() =>
      hub.ctx.db.selectFrom('audit').selectAll().where('node', '=', hider).where('asked', '=', 2).executeTakeFirst(),
    );
    // The time it has after the last question passes.
    await hub.ctx.db.updateTable('audit').set({ asked_at: 1 }).where('receipt', '=', asked.receipt).execute();
    expect(await auditOf(first)).toMatchObject({ outcome: 'AnswerNotShown', disclosedAt: null });
    await auditOf(second);
    const [hiding, showing] = [await viewOf(first), await viewOf(second)];
    expect(hiding?.convicted).toBeNull();
    expect(hiding?.reliability.audits).toBe(1);
    expect(hiding?.reliability.atLeast).toBeLessThan(showing?.reliability.atLeast ?? 0);
  });

  it('attack: one sequence number twice convicts by the signatures alone', async () => {
    const { nodes, digest } = await start(2, undefined, { share: 0 });
    const [forker, other] = nodes as [Client, Client];
    await call(forker, digest, 7);
    // Sessions count for themselves, and each node for itself.
    await call(forker, digest, 7, 'a1'.repeat(32));
    await call(forker, digest, 7, 'a2'.repeat(32));
    await call(other, digest, 7, 'a1'.repeat(32));
    expect((await viewOf(forker))?.convicted).toBeNull();
    await call(other, digest, 7, 'a1'.repeat(32));
    expect((await viewOf(other))?.convicted).toMatchObject({ reason: 'ReceiptForked' });
    await call(forker, digest, 7);
    expect((await viewOf(forker))?.convicted).toMatchObject({ reason: 'ReceiptForked' });
  });

  it('anybody may bring the proof of a fork, and nobody one that is none', async () => {
    const { nodes, digest } = await start(2, undefined, { share: 0 });
    const [forker, honest] = nodes as [Client, Client];
    const receipt = (node: Client, seq: number, outputs: string) =>
      reportOf(keyOf(node), digest, addressOf(randomKey()), seq, { outputs }).receipt;
    const stranger = hub.client();
    const prove = (node: Client, first: unknown, second: unknown) => {
      const body = { first, second } as never;
      return makeStatement(stranger, { kind: 'receipt.forked', subject: nodeOf(node), body });
    };
    const one = receipt(honest, 1, 'aa'.repeat(32));
    await expect(prove(honest, one, one)).rejects.toMatchObject({ code: 'StatementInvalid' });
    await expect(prove(honest, one, receipt(honest, 2, 'bb'.repeat(32)))).rejects.toMatchObject({
      code: 'StatementInvalid',
    });
    const forged = { ...receipt(honest, 1, 'bb'.repeat(32)), outputs: 'cc'.repeat(32) };
    await expect(prove(honest, one, forged)).rejects.toMatchObject({ code: 'StatementInvalid' });
    await prove(forker, receipt(forker, 1, 'aa'.repeat(32)), receipt(forker, 1, 'bb'.repeat(32)));
    expect((await viewOf(forker))?.convicted).toMatchObject({ reason: 'ReceiptForked' });
    expect((await viewOf(honest))?.convicted).toBeNull();
  });

  it('attack: a stale receipt is drawn no second time, and one from before the window not at all', async () => {
    const { nodes, digest } = await start(3, undefined, { windowSeconds: 60 });
    const [node] = nodes as [Client];
    const player = playBatches(keyOf(node), addressOf(keyOf(gateway)));
    const at = Date.now() - 61_000;
    const calls = [
      { hash: true as const },
      { release: digest },
      { release: digest, fields: { startedAt: at, finishedAt: at } },
    ];
    const batch = player.batch(calls);
    await reportBatches(gateway, [batch]);
    await auditOf(node);
    await reportBatches(gateway, [batch]);
    await reportBatches(gateway, [player.batch([{ release: digest }])]);
    await until(async () => (await listAudits(gateway)).audits.filter(({ stage }) => stage === 'done').length === 2);
    const { audits } = await listAudits(gateway);
    expect(audits.map(({ signed }) => (signed as { seq: number }).seq).sort()).toEqual([1, 3]);
    expect((await viewOf(node))?.reliability.audits).toBe(2);
  });

  it('attack: what a node has shown is read by nobody but its auditor, and shown by nobody but that node', async () => {
    const { nodes, digest } = await start(3, () => ({ shows: () => null }));
    const [node, other] = nodes as [Client, Client];
    await call(node, digest, 1);
    const { receipt } = await auditOf(node, 'disclose');
    await expect(showBytes(other, receipt, Buffer.from('a lie'))).rejects.toMatchObject({ code: 'TaskNotFound' });
    const hash = { bytes: Buffer.from('the call'), sha256: '00'.repeat(32) };
    await expect(showCall(node, receipt, hash)).rejects.toMatchObject({
      code: expect.stringMatching(/Mismatch|Signature/),
    });
    await playing?.[Symbol.asyncDispose]();
    playing = null;
    await showBytes(node, receipt, Buffer.from('the call'));
    const audit = await until(async () => {
      const one = await getAudit(gateway, receipt);
      return one.auditors.length > 0 ? one : null;
    });
    const auditor = nodes.find((one) => audit.auditors.includes(nodeOf(one))) as Client;
    const read = async (client: Client) => {
      let text = '';
      for await (const part of await readShownCall(client, receipt)) text += Buffer.from(part).toString();
      return text;
    };
    expect(await read(auditor)).toBe('the call');
    for (const stranger of [hub.client(), ...nodes.filter((one) => one !== auditor)])
      await expect(read(stranger)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
  });

  it('a release whose answers cannot be compared is left alone', async () => {
    const { nodes, digest } = await start(1, () => ({ validation: { auditClass: 0 } }));
    const [node] = nodes as [Client];
    await call(node, digest, 1);
    const { size } = await until(async () => {
      const list = await listAudits(gateway);
      const batched = await hub.ctx.db
        .selectFrom('segment')
        .select('batch')
        .where('batch', 'is not', null)
        .executeTakeFirst();
      return batched?.batch != null && list.size > batched.batch ? list : null;
    });
    expect(size).toBeGreaterThan(0);
    expect((await listAudits(gateway)).audits).toEqual([]);
  });

  it('a node that is alone is asked for nothing: nobody could look at it', async () => {
    const { nodes, digest } = await start(1);
    const [node] = nodes as [Client];
    await call(node, digest, 1);
    const audit = await auditWhere(({ message }) => message.startsWith('No other node'));
    expect(audit).toMatchObject({ stage: 'waiting', auditors: [], disclosedAt: null });
    await hub.ctx.db.updateTable('audit').set({ drawn_at: 1 }).execute();
    expect(await auditOf(node)).toMatchObject({ outcome: null, message: expect.stringContaining('Given up') });
    expect((await viewOf(node))?.reliability.audits).toBe(0);
  });
});
