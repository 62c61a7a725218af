import {
  addressOf,
  type Digest,
  defaultPolicy,
  type Policy,
  type PrivateKey,
  type ReleaseView,
  signStatement,
} from '@callable/protocol';
import { type Client, getRelease, listNodes, listStatements } from '@callable/sdk';
import { conditionOf, isTrue, joinAsNode, lease, publishBytes, randomKey, untilRelease } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditorFinder } from '../src/audits/find-auditors.ts';
import { defaultLimits } from '../src/config/hub-config.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import { tryNewcomers } from '../src/path/try-newcomers.ts';
import { adoptPolicy } from '../src/policy/adopt-policy.ts';
import { followPolicy } from '../src/policy/follow-policy.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { honest, lying, nodeOf, playRounds, type Says, silentlyLying } from './play-rounds.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

/** The numbers of a small network: one comparison is standing, at once. */
const numbers = {
  validators: { draw: 5, quorum: 3, revealSeconds: 1 },
  audits: { ...defaultPolicy.audits, share: 0 },
  standing: { comparisons: 1, days: 0 },
};

/** Time enough for everybody on a busy machine: a round opens as soon as all have committed. */
const everybodyShows = { validators: { ...numbers.validators, revealSeconds: 60 } };

describe('rounds with seeds', () => {
  let hub: TestHub;
  let seedKeys: PrivateKey[];
  let playing: AsyncDisposable[] = [];
  beforeEach(() => {
    seedKeys = [randomKey(), randomKey()];
  });
  afterEach(async () => {
    for (const one of playing) await one[Symbol.asyncDispose]();
    playing = [];
    await expectKeptStatesToFollow(hub.ctx);
    await hub[Symbol.asyncDispose]();
  });

  const start = async (policy: Partial<Policy> = {}) => {
    const seeds = seedKeys.map(addressOf);
    const limits = { ...defaultLimits, trialEveryMs: 3600_000 };
    hub = await startTestHub({ config: { limits, policy: { ...defaultPolicy, ...numbers, seeds, ...policy } } });
  };
  async function join(
    count: number,
    says: Says,
    { key = randomKey, from }: { key?: () => PrivateKey; from?: string } = {},
  ) {
    const nodes = Array.from({ length: count }, () => hub.client(key(), from));
    for (const node of nodes) {
      await joinAsNode(node);
      await lease(node, 0);
    }
    playing.push(playRounds(new Map(nodes.map((node) => [node, says]))));
    return nodes;
  }
  const joinSeed = async (says: Says = honest(), at = 0) =>
    (await join(1, says, { key: () => seedKeys[at] as PrivateKey }))[0] as Client;
  /** As another process of this hub would: set in the context alone, the background reads the one of before over it. */
  const nameSeed = async (seed: Client) => {
    const policy = { ...hub.ctx.rules.policy, seeds: [nodeOf(seed)] };
    await adoptPolicy({ ...hub.ctx, rules: { ...hub.ctx.rules, policy } });
    await followPolicy(hub.ctx);
  };
  let count = 0;
  const publish = () => publishBytes(hub.client(), Buffer.from(`model ${++count}`), { name: `m${count}` });
  const until = (digest: Digest, holds: (view: ReleaseView) => boolean) => untilRelease(hub.client(), digest, holds);
  const verified = (view: ReleaseView) => conditionOf(view, 'Verified');
  const classOf = async (node: Client) =>
    (await listNodes(hub.client())).nodes.find((one) => one.node === nodeOf(node))?.standing?.class;
  const untilClass = async (node: Client, wanted: string) => {
    while ((await classOf(node)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const untilReports = (digest: Digest, reports: number) =>
    until(digest, (view) => view.verification?.reports.length === reports);

  it('attack: four of five seats refuse a good release, and say that wasm does: a seed decides, and convicts them', async () => {
    await start();
    await joinSeed();
    const liars = await join(6, lying(false));
    const { digest } = await publish();
    const view = await until(digest, (one) => isTrue('Verified')(one) && verified(one).message.includes('recomputed'));
    expect(verified(view).message).toContain('recomputed by 1 seed');
    const classes = await Promise.all(liars.map(classOf));
    expect(classes.filter((one) => one === 'convicted')).toHaveLength(4);
  });

  it('attack: four of five seats approve a release whose vectors fail', async () => {
    await start();
    await joinSeed(honest(false));
    await join(6, lying(true));
    const { digest } = await publish();
    const view = await until(digest, (one) => verified(one).status === 'False');
    expect(verified(view)).toMatchObject({ reason: 'VectorFailed' });
  });

  it('attack: liars who say nothing that can be computed again convict themselves of nothing and stand for nothing', async () => {
    await start();
    await joinSeed();
    const liars = await join(4, silentlyLying(false));
    const { digest } = await publish();
    await until(digest, (one) => isTrue('Verified')(one) && verified(one).message.includes('4 nodes had reported'));
    for (const liar of liars) expect(await classOf(liar)).toBe('newcomer');
  });

  it('attack: twenty keys hold their seats; a release waits for the time of showing and no longer', async () => {
    await start();
    await joinSeed();
    await join(20, () => null);
    const { digest } = await publish();
    const view = await until(digest, isTrue('Verified'));
    expect(verified(view).message).toBe('Loaded in isolation and its vectors passed: the word of 1 seed.');
  });

  it('honest newcomers from networks of their own come to stand, beside liars from fifty networks', async () => {
    await start();
    await joinSeed();
    const [newcomer] = (await join(1, honest())) as [Client];
    await join(49, lying(false));
    expect(await classOf(newcomer)).toBe('newcomer');
    for (let release = 0; release < 40 && (await classOf(newcomer)) === 'newcomer'; release++) {
      const { digest } = await publish();
      await until(digest, isTrue('Verified'));
    }
    expect(await classOf(newcomer)).toBe('standing');
  }, 300_000);

  it('a word of a node in the network of the publisher is compared and counts for nothing', async () => {
    await start();
    await joinSeed(honest(), 0);
    const [neighbour] = (await join(1, honest(), { from: '203.0.113.9' })) as [Client];
    const publisher = hub.client(randomKey(), '203.0.113.200');
    const { digest } = await publishBytes(publisher, Buffer.from('of a neighbour'), { name: 'near' });
    await until(digest, isTrue('Verified'));
    expect(await classOf(neighbour)).toBe('newcomer');
  });

  it('without a seed nobody is asked: it waits for the operator and is never False, and goes on when a seed comes', async () => {
    await start();
    await join(3, lying(false));
    const { digest } = await publish();
    const view = await until(digest, (one) => verified(one).reason === 'AwaitingSeed');
    expect(verified(view)).toMatchObject({ status: 'Unknown', next: expect.stringContaining('operator: ') });
    await joinSeed();
    await until(digest, isTrue('Verified'));
  });

  it('want of memory or time is never a lie, and no disagreement', async () => {
    await start();
    await joinSeed();
    const small = await join(2, () => ({ ok: false, reason: 'OutOfMemory', deterministic: false, adjudication: null }));
    const { digest } = await publish();
    await until(digest, isTrue('Verified'));
    const view = await untilReports(digest, 3);
    expect(verified(view)).toMatchObject({ status: 'True' });
    const said = (await listStatements(hub.client(), digest)).statements;
    expect(said.some((one) => one.statement.kind === 'release.recomputed')).toBe(false);
    for (const node of small) expect(await classOf(node)).toBe('newcomer');
  });

  it('attack: a seed invents a recomputation; a second one shows it, the conviction is lifted, and the operator decides', async () => {
    await start(everybodyShows);
    const [victim] = (await join(1, honest())) as [Client];
    await join(1, silentlyLying(false));
    const liar = await joinSeed(lying(false), 0);
    const { digest } = await publish();
    await until(digest, (one) => verified(one).status === 'False');
    // It may show its word after the two that began the recomputation.
    await untilClass(victim, 'convicted');
    // Another seed says what is so: one of the two has lied, and until the operator says who neither counts.
    const right = await joinSeed(honest(), 1);
    await hub.ctx.db.updateTable('job').set({ state: 'ready', run_at: 1 }).where('step', '=', 'draw').execute();
    await hub.ctx.db.transaction().execute(async (tx) => {
      const { enqueueJob } = await import('../src/jobs/enqueue-job.ts');
      await enqueueJob(hub.ctx, tx, { release: digest, step: 'recompute', assignee: nodeOf(right) });
    });
    hub.ctx.changes.emit({ topic: 'job', subject: nodeOf(right) });
    const view = await until(digest, (one) => verified(one).reason === 'SeedsDisagree');
    expect(verified(view)).toMatchObject({ status: 'Unknown', next: expect.stringContaining('--recompute') });
    expect(await classOf(victim)).not.toBe('convicted');
    // The operator names only the other; with its next word all is as it should be.
    await nameSeed(right);
    await hub.ctx.db.updateTable('job').set({ state: 'ready', run_at: 1 }).where('step', '=', 'draw').execute();
    hub.ctx.changes.emit({ topic: 'job', subject: 'hub' });
    await until(digest, isTrue('Verified'));
    expect(await classOf(liar)).toBe('convicted');
    expect(await classOf(victim)).not.toBe('convicted');
  });

  it('attack: a seed recomputes something else than it reported: that alone convicts it, and nobody else', async () => {
    await start();
    const [victim] = (await join(1, honest())) as [Client];
    await join(1, silentlyLying(false));
    const liar = await joinSeed((task) => (task.kind === 'recompute' ? lying(false)(task) : honest()(task)));
    const { digest } = await publish();
    await untilClass(liar, 'convicted');
    expect(verified(await getRelease(hub.client(), digest)).status).toBe('Unknown');
    expect(await classOf(victim)).toBe('newcomer');
    await joinSeed(honest(), 1);
    await until(digest, isTrue('Verified'));
  });

  it('a network whose words have cost as many recomputations as the policy grants sits in no round that day', async () => {
    await start({ recomputations: { perNetworkPerDay: 1 } });
    await joinSeed();
    await join(3, lying(false), { from: '203.0.113.9' });
    const first = await publish();
    await until(first.digest, (one) => isTrue('Verified')(one) && verified(one).message.includes('recomputed'));
    const second = await publish();
    const view = await until(second.digest, isTrue('Verified'));
    expect(view.verification?.drawn).toBe(1);
  });

  it('where nothing is published newcomers are compared on what is known, and the verdict holds meanwhile', async () => {
    await start();
    await joinSeed();
    const { digest } = await publish();
    await until(digest, isTrue('Verified'));
    const [newcomer] = (await join(1, honest())) as [Client];
    await hub.ctx.db
      .updateTable('release_state')
      .set({ callable_until: Date.now() + 60_000 })
      .execute();
    const ctx = { ...hub.ctx, config: { ...hub.ctx.config, limits: { ...defaultLimits, trialEveryMs: 0 } } };
    expect(await tryNewcomers(ctx)).toBe(digest);
    expect(verified(await getRelease(hub.client(), digest)).status).toBe('True');
    await until(digest, (view) => verified(view).message.includes('newcomer agrees'));
    expect(await classOf(newcomer)).toBe('standing');
  });

  it('a panel drawn before seeds were named keeps its word until somebody calls for it', async () => {
    await start({ seeds: [] });
    await join(1, honest());
    const { digest } = await publish();
    const before = await until(digest, isTrue('Verified'));
    expect(verified(before).message).toContain('this network names no seeds');
    const seed = await joinSeed();
    await nameSeed(seed);
    expect(verified(await getRelease(hub.client(), digest)).status).toBe('True');
    await until(digest, (view) => isTrue('Verified')(view) && verified(view).message.includes('1 seed'));
  });

  it('attack: two keys that never ran a model want to be drawn as judges of the node of the hub', async () => {
    await start({ standing: { comparisons: 10, days: 7 } });
    const seed = await joinSeed();
    await join(2, honest());
    const { digest } = await publish();
    await until(digest, isTrue('Verified'));
    for (const isJudging of [false, true])
      expect(await createAuditorFinder(hub.ctx)(nodeOf(seed), digest, isJudging)).toEqual([]);
  });

  it('attack: patient keys clear each other as first auditors: where a wrong answer came from, only seeds look', async () => {
    await start();
    const seed = await joinSeed();
    const [liar, friend] = (await join(2, honest())) as [Client, Client];
    const { digest } = await publish();
    await until(digest, isTrue('Verified'));
    await untilClass(liar, 'standing');
    await untilClass(friend, 'standing');
    const find = () => createAuditorFinder(hub.ctx)(nodeOf(liar), digest, false);
    expect(new Set(await find())).toEqual(new Set([nodeOf(seed), nodeOf(friend)]));
    const receipt = 'ab'.repeat(32);
    const say = (kind: string, body: object) =>
      hub.ctx.db
        .transaction()
        .execute((tx) =>
          appendStatement(
            hub.ctx,
            tx,
            signStatement(
              { kind, subject: nodeOf(liar), body: body as never, issuedAt: Date.now() },
              kind === 'audit.drawn' ? hub.ctx.key : (seedKeys[0] as PrivateKey),
            ),
          ),
        );
    await say('audit.drawn', { receipt, release: digest, auditors: [nodeOf(seed)], exact: true });
    const finding = { receipt, release: digest, exact: true, ok: false, reason: 'AnswerWrong', message: '' };
    await say('audit.finished', { ...finding, runtime: 'wasm', difference: 1, tolerance: 0 });
    expect(await classOf(liar)).toBe('newcomer');
    expect(await find()).toEqual([nodeOf(seed)]);
  });

  it('the log says of networks only keyed hashes', async () => {
    await start();
    await joinSeed();
    await join(2, honest(), { from: '203.0.113.9' });
    const { digest } = await publish();
    await until(digest, isTrue('Verified'));
    const { statements } = await listStatements(hub.client(), digest);
    const body = statements.find((one) => one.statement.kind === 'release.drawn')?.statement.body as {
      networks: string[];
    };
    expect(body.networks).toHaveLength(2);
    for (const network of body.networks) expect(network).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(statements)).not.toContain('203.0.113');
  });
});
