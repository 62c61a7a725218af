import {
  addressOf,
  type CountedFile,
  countFile,
  type Digest,
  encodeSegment,
  figureUsage,
  type PrivateKey,
  RequestMemory,
  type UsageHour,
} from '@callable/protocol';
import { getUsage, listWanted, makeStatement, readLogFile, sendSegment } from '@callable/sdk';
import {
  joinAsNode,
  type PlayedCall,
  playBatches,
  publishBytes,
  randomKey,
  reportBatches,
  signCall,
} from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchSegments } from '../src/log/batch-segments.ts';
import { keepFigures } from '../src/usage/figures/keep-figures.ts';
import { openFacts } from '../src/usage/figures/read-facts.ts';
import { rollUpUsage } from '../src/usage/roll-up-usage.ts';
import { countUsage } from './count-usage.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const dayMs = 24 * 3600_000;
let hub: TestHub;
/** The hub's clock: days pass by it, and by nothing else. */
let now = Date.now();
const publisher = randomKey();
/** Clients' clocks go with the hub's: what they sign is of its time. */
const clientOf = (key: PrivateKey) => ({ ...hub.client(key), clock: () => now });
const gateway = () => clientOf(hub.ctx.key);
beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: () => now } });
});
afterAll(() => hub[Symbol.asyncDispose]());

let names = 0;
async function newRelease(): Promise<Digest> {
  names++;
  const { digest } = await publishBytes(clientOf(publisher), Buffer.from(`model ${names}`), { name: `used${names}` });
  return digest as Digest;
}

async function joinedNode() {
  const key = randomKey();
  await joinAsNode(clientOf(key));
  return { key, ...playBatches(key, addressOf(hub.ctx.key)) };
}

const counted = () => countUsage(hub.ctx);
const bytesOf = (digest: Digest) => Buffer.from(digest.slice('sha256:'.length), 'hex');
const usageOf = (digest: Digest, days?: number) =>
  getUsage(hub.client(), { release: digest }, days === undefined ? {} : { days });

/** What an auditor finds with the files alone: all rows of all files beside the log, counted in its order. */
async function countAllFiles(): Promise<CountedFile> {
  const rows = await hub.ctx.db
    .selectFrom('statement')
    .select(['seq', 'logged_at'])
    .where('kind', '=', 'receipts.batched')
    .orderBy('seq')
    .execute();
  const memory = new RequestMemory();
  const all: CountedFile = { hours: [], callers: [], wanted: [] };
  for (const { seq, logged_at } of rows) {
    const file = await readLogFile(hub.client())(`receipts/${seq}`);
    const found = file && countFile(file, logged_at, memory);
    if (!found) throw new Error(`receipts/${seq} cannot be counted`);
    all.hours.push(...found.hours);
    all.callers.push(...found.callers);
  }
  return all;
}

describe('usage', () => {
  it('is claimed, evidenced and trusted, never merged, and adds up', async () => {
    const [digest, node] = [await newRelease(), await joinedNode()];
    const [old, other, young] = [randomKey(), randomKey(), randomKey()];
    const first = [old, other].map((caller): PlayedCall => ({ release: digest, caller }));
    await reportBatches(gateway(), [node.batch(first)]);
    await counted();
    expect((await usageOf(digest)).trusted).toEqual({ weight: 0, calls: 0, callers: 0, networkDays: 0 });

    now += 8 * dayMs;
    const batch = node.batch(
      [
        { release: digest },
        { hash: true },
        { release: digest, caller: publisher },
        { release: digest, caller: node.key },
        { release: digest, caller: young, tag: '01'.repeat(8) },
        { release: digest, caller: old, tag: '02'.repeat(8), relies: true },
        { release: digest, caller: old, tag: '02'.repeat(8) },
        { release: digest, caller: other, tag: '03'.repeat(8), relies: true },
        { release: digest, caller: old, tag: '02'.repeat(8), fields: { end: 1 } },
      ],
      { issuedAt: now },
    );
    await reportBatches(gateway(), [batch], [{ release: digest, count: 3, lastAt: now }]);
    await counted();
    const usage = await usageOf(digest, 2);
    expect(usage).toMatchObject({ claimed: 7, evidenced: 6, cut: 1, failed: 3 });
    expect(usage.trusted).toEqual({ weight: 1_585 + 1_000, calls: 3, callers: 2, networkDays: 2 });
    expect(usage.relied).toEqual({ evidenced: 2, trusted: 2, callers: 2 });
    expect(usage.excluded).toMatchObject({ keyless: 1, own: 2, young: 1, repeated: 0, beyond: 0 });
    expect(usage.asOf.counted).toBeLessThanOrEqual(usage.asOf.size);
  });

  it('attack: a wash trader with one node, one network and many new keys moves nothing', async () => {
    const [digest, node] = [await newRelease(), await joinedNode()];
    const keys = Array.from({ length: 40 }, () => randomKey());
    const calls = keys.map((caller): PlayedCall => ({ release: digest, caller, tag: 'aa'.repeat(8), relies: true }));
    await reportBatches(gateway(), [node.batch(calls, { issuedAt: now })]);
    await counted();
    const fresh = await usageOf(digest, 1);
    expect(fresh).toMatchObject({ claimed: 40, evidenced: 40, trusted: { weight: 0 }, relied: { trusted: 0 } });
    now += 7 * dayMs;
    await reportBatches(gateway(), [node.batch(calls, { issuedAt: now })]);
    await counted();
    const aged = await usageOf(digest, 1);
    expect(aged.trusted).toEqual({ weight: 1_000, calls: 1, callers: 1, networkDays: 1 });
    expect(aged).toMatchObject({ relied: { evidenced: 40, trusted: 1 }, excluded: { beyond: 39 } });
    expect(aged.costToForge).toMatchObject({ networkDays: 1, keyAgeDays: 7 });
  });

  it('attack: reported twice, in other bytes, by two gateways, or late: it counts once, or not', async () => {
    const [digest, node, caller] = [await newRelease(), await joinedNode(), randomKey()];
    const batch = node.batch([{ release: digest, caller }], { issuedAt: now });
    for (let again = 0; again < 2; again++) await reportBatches(gateway(), [batch]);
    const bytes = encodeSegment({ failures: [], batches: [batch] }, { key: randomKey(), issuedAt: now });
    await expect(sendSegment(gateway(), bytes)).rejects.toMatchObject({ code: 'SegmentInvalid' });
    const elsewhere = playBatches(node.key, addressOf(randomKey())).batch([{ release: digest, caller }]);
    expect(await reportBatches(gateway(), [elsewhere])).toMatchObject({ filed: 0, refused: { gateway: 1 } });
    const late = node.batch([{ release: digest, caller }], { issuedAt: now - 25 * 3600_000 });
    expect(await reportBatches(gateway(), [late])).toMatchObject({ filed: 0, refused: { time: 1 } });
    await counted();
    expect(await usageOf(digest)).toMatchObject({ claimed: 1, evidenced: 1 });
  });

  it('attack: one signed request that a gateway and a node report again and again is one call, relied on once', async () => {
    const [digest, node, caller] = [await newRelease(), await joinedNode(), randomKey()];
    const request = signCall(caller, addressOf(hub.ctx.key), { relies: true, at: now });
    const again = { release: digest, caller, request, relies: true };
    await reportBatches(gateway(), [node.batch([again, again], { issuedAt: now })]);
    await counted();
    // In another file, and by a thread that knows nothing of the first.
    await hub.ctx.calls.counting[Symbol.asyncDispose]();
    Object.assign(hub.ctx.calls, { counting: new (hub.ctx.calls.counting.constructor as never as new () => never)() });
    await reportBatches(gateway(), [node.batch([again], { issuedAt: now })]);
    await counted();
    const usage = await usageOf(digest);
    expect(usage).toMatchObject({ claimed: 3, evidenced: 1, relied: { evidenced: 1 }, excluded: { repeated: 2 } });
  });

  it("attack: another's signature, a release never run, an answer of a call that failed", async () => {
    const [digest, node, caller] = [await newRelease(), await joinedNode(), randomKey()];
    const forged = { release: digest, caller, fields: { caller: addressOf(randomKey()) } };
    expect(await reportBatches(gateway(), [node.batch([forged], { issuedAt: now })])).toMatchObject({
      ...{ filed: 0, refused: { caller: 1 } },
    });
    const nowhere = { release: `sha256:${'ee'.repeat(32)}`, caller, relies: true };
    const failed = { release: digest, caller, relies: true, fields: { end: 1 } };
    const next = playBatches(node.key, addressOf(hub.ctx.key));
    await reportBatches(gateway(), [next.batch([nowhere, failed], { issuedAt: now })]);
    await counted();
    expect(await usageOf(digest)).toMatchObject({ claimed: 0, cut: 1, relied: { evidenced: 0, trusted: 0 } });
    await expect(usageOf(`sha256:${'ee'.repeat(32)}` as Digest)).rejects.toMatchObject({ code: 'ReleaseNotFound' });
  });

  it('attack: a release that fails every call: its failures stand in the log, signed by the gateway, with the next receipts', async () => {
    const [digest, node] = [await newRelease(), await joinedNode()];
    await reportBatches(gateway(), [], [{ release: digest, count: 9, lastAt: now }]);
    const known = node.batch([{ release: digest }], { issuedAt: now });
    await reportBatches(gateway(), [known]);
    // Beside what is known already: that is left out, and the rest is still what the gateway signed.
    await reportBatches(gateway(), [known], [{ release: digest, count: 4, lastAt: now }]);
    await reportBatches(gateway(), [node.batch([{ release: digest }], { issuedAt: now })]);
    await counted();
    expect(await usageOf(digest)).toMatchObject({ claimed: 2, failed: 13 });
  });

  it('a probe of the hub is left out, and said', async () => {
    const [digest, node, probe] = [await newRelease(), await joinedNode(), randomKey()];
    await hub.ctx.db
      .insertInto('probe_caller')
      .values({ address: addressOf(probe), created_at: now })
      .execute();
    await reportBatches(gateway(), [node.batch([{ release: digest, caller: probe }], { issuedAt: now })]);
    await counted();
    expect(await usageOf(digest)).toMatchObject({ claimed: 1, evidenced: 0, excluded: { probes: 1 } });
  });

  it('attack: a publisher calls by a key that it delegated', async () => {
    const [digest, node, key] = [await newRelease(), await joinedNode(), randomKey()];
    await reportBatches(gateway(), [node.batch([{ release: digest, caller: key }], { issuedAt: now })]);
    await counted();
    now += 7 * dayMs;
    await reportBatches(gateway(), [node.batch([{ release: digest, caller: key }], { issuedAt: now })]);
    await counted();
    expect((await usageOf(digest, 1)).trusted.calls).toBe(1);
    await delegate(key);
    await keepFigures(hub.ctx);
    expect(await usageOf(digest, 1)).toMatchObject({ trusted: { calls: 0, weight: 0 }, excluded: { delegates: 1 } });
  });

  async function delegate(key: PrivateKey): Promise<void> {
    const body = { key: addressOf(key), scopes: ['publish' as const], notBefore: now - 1_000, notAfter: now + dayMs };
    await makeStatement(clientOf(publisher), { kind: 'key.delegated', subject: addressOf(publisher), body });
  }

  it('is what the files beside the log say: whoever has a copy counts the same rows, and figures the same', async () => {
    await counted();
    const found = await countAllFiles();
    const kept = {
      hours: await hub.ctx.db.selectFrom('usage_hour').selectAll().execute(),
      callers: await hub.ctx.db.selectFrom('usage_caller').selectAll().execute(),
    };
    const hex = (bytes: Buffer) => bytes.toString('hex');
    const hours = kept.hours.map(({ release, node, ...row }) => ({
      ...row,
      ...{ release: hex(release), node: node.length > 0 ? `0x${hex(node)}` : '' },
    }));
    expect(sumUp(hours as never, 'hour', 'release', 'node')).toEqual(sumUp(found.hours, 'hour', 'release', 'node'));
    expect(kept.callers.reduce((sum, { calls }) => sum + calls, 0)).toBe(
      found.callers.reduce((sum, { calls }) => sum + calls, 0),
    );
    const releases = [...new Set(found.hours.map(({ release }) => release))];
    for (const release of releases) {
      const row = await hub.ctx.db
        .selectFrom('release')
        .select('publisher')
        .where('digest', '=', `sha256:${release}` as Digest)
        .executeTakeFirst();
      if (!row) continue;
      const rows = {
        hours: found.hours.filter((one) => one.release === release),
        callers: found.callers.filter((one) => one.release === release),
        words: [],
      };
      const theirs = await hub.ctx.db.transaction().execute(async (tx) => {
        const facts = openFacts(tx);
        await facts.learn(rows);
        return figureUsage(rows, facts);
      });
      expect(await usageOf(`sha256:${release}` as Digest, 90)).toMatchObject(theirs);
    }
    expect(releases.length).toBeGreaterThan(4);
  });

  it('attack: a hub that ends between counting and keeping counts a file once, and takes no request for a repeated one', async () => {
    const [digest, node, caller] = [await newRelease(), await joinedNode(), randomKey()];
    const { db } = hub.ctx;
    const killed = db.transaction().execute(async (tx) => {
      // Nobody else counts meanwhile.
      await tx.selectFrom('usage_cursor').select('seq').forUpdate().execute();
      await reportBatches(gateway(), [node.batch([{ release: digest, caller }], { issuedAt: now })]);
      const isBesideLog = async () => {
        await batchSegments(hub.ctx);
        const rows = await db.selectFrom('segment').select('file').where('file', 'like', 'incoming/%').execute();
        return rows.length === 0;
      };
      await expect.poll(isBesideLog, { timeout: 20_000 }).toBe(true);
      const inside = { transaction: () => ({ execute: (work: (tx: unknown) => unknown) => work(tx) }) };
      expect(await rollUpUsage({ ...hub.ctx, db: inside as never })).toBe(1);
      const kept = await tx.selectFrom('usage_caller').select('calls').where('release', '=', bytesOf(digest)).execute();
      expect(kept).toEqual([{ calls: 1 }]);
      throw new Error('killed');
    });
    await expect(killed).rejects.toThrow('killed');
    await counted();
    expect(await usageOf(digest)).toMatchObject({ claimed: 1, evidenced: 1, excluded: { repeated: 0 } });
  });
});

const numbers = ['keyless', 'signed', 'repeated', 'cut', 'failed', 'hidden'] as const;

/** Rows of one key added up, as the database adds them. */
function sumUp(rows: readonly UsageHour[], ...keys: (keyof UsageHour)[]): Record<string, number[]> {
  const sums: Record<string, number[]> = {};
  for (const row of rows) {
    const key = keys.map((name) => row[name]).join(' ');
    sums[key] = numbers.map((name, index) => (sums[key]?.[index] ?? 0) + row[name]);
  }
  return sums;
}

describe('most wanted, not running', () => {
  const wish = (release: Digest, networks: number, calls = 100 * networks) => ({
    ...{ release, calls, networks, lastAt: now },
  });
  /** What a gateway says of calls that found nothing, with a batch as always. */
  async function report(wanted: ReturnType<typeof wish>[]): Promise<void> {
    const { batch } = await joinedNode();
    const batches = [batch([{ release: await newRelease(), caller: null }], { issuedAt: now })];
    const bytes = encodeSegment({ failures: [], wanted, batches }, { key: hub.ctx.key, issuedAt: now });
    await sendSegment(gateway(), bytes);
    await counted();
  }

  it('stands in the order of the networks that asked, with why it does not run; what one network wants is no work for anybody', async () => {
    const [loud, wanted, most] = [await newRelease(), await newRelease(), await newRelease()];
    await report([wish(loud, 1, 100_000), wish(wanted, 2), wish(most, 3, 10)]);
    await report([wish(wanted, 2)]);
    const { wanted: list } = await listWanted(hub.client());
    expect(list.map(({ digest, networks, calls }) => [digest, networks, calls])).toEqual([
      [wanted, 4, 400],
      [most, 3, 10],
    ]);
    for (const { reason, next } of list) expect([reason, next]).toEqual([expect.any(String), expect.any(String)]);
  });

  it('attack: a release that nobody published is not wanted, whoever asks for it', async () => {
    const unknown = `sha256:${'ee'.repeat(32)}` as Digest;
    await report([wish(unknown, 1000)]);
    const { wanted: list } = await listWanted(hub.client());
    expect(list.map(({ digest }) => digest)).not.toContain(unknown);
  });
});
