import {
  addressOf,
  aliasSubject,
  type CallableError,
  emptyNetworkState,
  type PrivateKey,
  parseModelName,
  type ReleaseView,
  reduceNetwork,
} from '@callable/protocol';
import {
  type Client,
  getKey,
  getNetwork,
  getRelease,
  listLabels,
  listReleases,
  listStatements,
  makeStatement,
  readFile,
  watchRelease,
} from '@callable/sdk';
import { joinAsNode, manifestOf, publishBytes, randomKey, sha256 } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refoldLog } from '../src/fold/refold-log.ts';
import { defaultHubConfig } from '../src/index.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describe('what publishers, operators and others say of releases', () => {
  let hub: TestHub;
  const labeler = randomKey();
  let now = Date.now();
  beforeAll(async () => {
    hub = await startTestHub({
      config: { labelers: [addressOf(labeler)], limits: { ...defaultHubConfig.limits, statementPace: 0.15 } },
      // A tick each time: of two words in one millisecond the second is refused.
      overrides: { clock: () => Math.max(now++, Date.now()) },
    });
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  /** With the hub's clock, which goes ahead of ours. */
  const clientOf = (key = randomKey()): Client => ({ ...hub.client(key), clock: hub.ctx.clock });

  let made = 0;
  /** Releases of one new model, one for each version, with bytes of their own. */
  async function publish(versions: readonly string[], name = `model${++made}`) {
    const client = clientOf();
    const publisher = addressOf(client.key as PrivateKey);
    const digests: string[] = [];
    for (const version of versions)
      digests.push((await publishBytes(client, Buffer.from(`${name} ${version}`), { name, version })).digest);
    return { client, publisher, name, model: `${publisher}/${name}`, digests, digest: digests.at(-1) ?? '' };
  }
  const yank = (client: Client, digest: string, yanked = true) =>
    makeStatement(client, { kind: 'release.yanked', subject: digest, body: { yanked, note: 'wrong weights' } });
  const refuse = (digest: string, refused: ('listing' | 'calls' | 'bytes')[], key = hub.ctx.key) =>
    makeStatement(clientOf(key), {
      kind: 'release.refused',
      subject: digest,
      body: { refused, note: 'court order 12' },
    });
  const alias = (client: Client, publisher: string, name: string, target: string | null) =>
    makeStatement(client, {
      kind: 'model.aliased',
      subject: `${publisher}/${name}`,
      body: { publisher: publisher as never, name, target },
    });
  const label = (
    key: PrivateKey,
    subject: string,
    word: string,
    more: { attached?: boolean; expiresAt?: number } = {},
  ) =>
    makeStatement(clientOf(key), {
      kind: 'label.attached',
      subject,
      body: { label: word, attached: true, note: 'seen by us', ...more },
    });
  const delegate = (
    client: Client,
    key: PrivateKey,
    scopes: ('publish' | 'operate')[] = ['publish'],
    forMs = 3600_000,
  ) =>
    makeStatement(client, {
      kind: 'key.delegated',
      subject: addressOf(client.key as PrivateKey),
      body: { key: addressOf(key), scopes, notBefore: 0, notAfter: hub.ctx.clock() + forMs },
    });
  const refused = (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code });
  const listed = async (publisher: string, filter: { label?: string; withoutLabel?: string } = {}) =>
    (await listReleases(clientOf(), { publisher, ...filter })).releases.map(({ digest }) => digest);

  it('a yanked release is passed over, still answers to its digest, and comes back', async () => {
    const { client, publisher, model, digests } = await publish(['1.0.0', '1.1.0']);
    const [older, newer] = digests as [string, string];
    await yank(client, newer);
    expect((await getRelease(client, model)).digest).toBe(older);
    expect(await listed(publisher)).toEqual([older]);
    const seen = await getRelease(client, `${model}@${newer}`);
    expect(seen.notices?.yanked).toMatchObject({ note: 'wrong weights' });
    expect((await getRelease(client, `${model}@1.1.0`)).digest).toBe(newer);
    await yank(client, older);
    const failure = (await getRelease(client, model).catch((error: unknown) => error)) as CallableError;
    expect(failure).toMatchObject({ code: 'ReleaseYanked', status: 410 });
    expect(failure.message).toContain(`${model}@${newer}`);
    await yank(client, newer, false);
    expect((await getRelease(client, model)).digest).toBe(newer);
    await refused(getRelease(client, `${model}@sha256:${'0'.repeat(64)}`), 'ReleaseNotFound');
    const other = await publish(['1.0.0']);
    await refused(getRelease(client, `${other.model}@${newer}`), 'ReleaseNotFound');
  });

  it('attack: a yank by a stranger, or by a delegate for something else, is refused', async () => {
    const { client, digest } = await publish(['1.0.0']);
    const operator = randomKey();
    await delegate(client, operator, ['operate']);
    for (const key of [randomKey(), operator, hub.ctx.key])
      await refused(yank(clientOf(key), digest), 'SignerNotAllowed');
    await refused(yank(clientOf(), `sha256:${'0'.repeat(64)}`), 'ReleaseNotFound');
    expect((await getRelease(client, digest)).notices?.yanked).toBeNull();
  });

  it('attack: a delegate yanks while it may, and not after its revocation or its time', async () => {
    const { client, digest } = await publish(['1.0.0']);
    const [helper, brief] = [randomKey(), randomKey()];
    await delegate(client, helper);
    await yank(clientOf(helper), digest);
    expect((await getRelease(client, digest)).notices?.yanked).not.toBeNull();
    await makeStatement(client, {
      kind: 'key.revoked',
      subject: addressOf(client.key as PrivateKey),
      body: { key: addressOf(helper) },
    });
    await refused(yank(clientOf(helper), digest, false), 'SignerNotAllowed');
    await delegate(client, brief, ['publish'], 60_000);
    now = hub.ctx.clock() + 61_000;
    await refused(yank(clientOf(brief), digest, false), 'SignerNotAllowed');
    // What it said while it might stands.
    expect((await getRelease(client, digest)).notices?.yanked).not.toBeNull();
    const key = await getKey(client, addressOf(client.key as PrivateKey));
    expect(key.delegations.map((one) => [one.key, one.revokedAt === null])).toEqual([
      [addressOf(helper), false],
      [addressOf(brief), true],
    ]);
  });

  it('attack: nobody delegates for another, to themselves, or for a time that has gone', async () => {
    const client = clientOf();
    const self = addressOf(client.key as PrivateKey);
    const body = {
      key: addressOf(randomKey()),
      scopes: ['publish' as const],
      notBefore: 0,
      notAfter: hub.ctx.clock() + 1e6,
    };
    const say = (subject: string, more = {}) =>
      makeStatement(client, { kind: 'key.delegated', subject, body: { ...body, ...more } });
    await refused(say(addressOf(randomKey())), 'SignerNotAllowed');
    await refused(say(self, { key: self }), 'StatementInvalid');
    await refused(say(self, { notAfter: hub.ctx.clock() - 1 }), 'StatementInvalid');
    await refused(
      makeStatement(client, { kind: 'key.revoked', subject: self, body: { key: body.key } }),
      'StatementInvalid',
    );
  });

  it('a deprecated release names its successor', async () => {
    const { client, digest, model } = await publish(['1.0.0']);
    const say = (successor: string | null) =>
      makeStatement(client, {
        kind: 'release.deprecated',
        subject: digest,
        body: { deprecated: true, note: 'slow', successor },
      });
    await refused(say('<script>'), 'StatementInvalid');
    await say(model);
    expect((await getRelease(client, digest)).notices?.deprecated).toMatchObject({ note: 'slow', successor: model });
  });

  it('an alias leads one step, to anybody, and says which release answers', async () => {
    const target = await publish(['1.0.0', '2.0.0']);
    const { client, publisher, model, digest } = await publish(['0.1.0']);
    await alias(client, publisher, 'best', target.model);
    expect(await getRelease(client, `${publisher}/best`)).toMatchObject({
      digest: target.digest,
      reference: `${target.model}@2.0.0`,
      alias: `${publisher}/best`,
    });
    await alias(client, publisher, 'best', `${target.model}@1.0.0`);
    expect((await getRelease(client, `${publisher}/best`)).digest).toBe(target.digests[0]);
    await refused(getRelease(client, `${publisher}/best@1.0.0`), 'ReleaseNotFound');
    await alias(client, publisher, 'best', null);
    await refused(getRelease(client, `${publisher}/best`), 'ReleaseNotFound');
    expect(await getRelease(client, model)).toMatchObject({ digest, alias: null });
  });

  it('attack: an alias over the name of another is refused', async () => {
    const victim = await publish(['1.0.0']);
    const thief = await publish(['1.0.0']);
    await refused(alias(thief.client, victim.publisher, victim.name, thief.model), 'SignerNotAllowed');
    await refused(
      makeStatement(thief.client, {
        kind: 'model.aliased',
        subject: victim.model,
        body: { publisher: thief.publisher, name: victim.name, target: thief.model },
      }),
      'StatementInvalid',
    );
    expect((await getRelease(clientOf(), victim.model)).digest).toBe(victim.digest);
  });

  it('attack: an alias loop is refused, and one that comes about later leads nowhere round', async () => {
    const { client, publisher, model, digest, name } = await publish(['1.0.0']);
    await alias(client, publisher, 'a', model);
    await refused(alias(client, publisher, 'b', `${publisher}/a`), 'AliasLoop');
    await refused(alias(client, publisher, 'c', `${publisher}/c`), 'AliasLoop');
    await refused(alias(client, publisher, name, `${publisher}/a`), 'AliasLoop');
    await refused(alias(client, publisher, 'd', `${publisher}/none`), 'ReleaseNotFound');
    await refused(alias(client, publisher, 'd', `${model}@${digest}`), 'NameInvalid');
    const other = await publish(['1.0.0']);
    // The target becomes an alias itself: the first still means the model of that name.
    await alias(client, publisher, name, other.model);
    expect((await getRelease(client, `${publisher}/a`)).digest).toBe(digest);
    expect((await getRelease(client, model)).digest).toBe(other.digest);
  });

  it('a tombstone says what this hub refuses and why, and stays visible', async () => {
    const { client, publisher, digest, model, name } = await publish(['1.0.0']);
    const file = sha256(Buffer.from(`${name} 1.0.0`));
    await refuse(digest, ['listing', 'calls', 'bytes']);
    expect(await listed(publisher)).toEqual([]);
    expect((await getRelease(client, model)).notices?.refused).toMatchObject({
      by: addressOf(hub.ctx.key),
      scopes: ['listing', 'calls', 'bytes'],
      note: 'court order 12',
    });
    await refused(readFile(client, file), 'ReleaseRefused');
    await refuse(digest, ['calls']);
    expect(await listed(publisher)).toEqual([digest]);
    await (await readFile(client, file)).cancel();
    await refuse(digest, []);
    expect((await getRelease(client, model)).notices?.refused).toBeNull();
  });

  it('attack: a refused model published again under another name is not handed out; what others share is', async () => {
    const first = await publish(['1.0.0']);
    const model = Buffer.from(`${first.name} 1.0.0`);
    const shared = Buffer.from(`licence of ${first.name}`);
    const again = clientOf();
    await publishBytes(again, model, { name: 'again' });
    await publishBytes(again, shared, { name: 'licence' });
    const { files } = manifestOf(randomKey(), shared);
    const both = clientOf();
    const withLicence = manifestOf(randomKey(), model).files.concat(files.map((one) => ({ ...one, path: 'LICENSE' })));
    const { digest } = await publishBytes(both, model, { name: 'both', files: withLicence });
    await refuse(digest, ['bytes']);
    await refused(readFile(again, sha256(model)), 'ReleaseRefused');
    await (await readFile(again, sha256(shared))).cancel();
  });

  it('attack: a tombstone by a key that is not the hub is refused', async () => {
    const { client, digest } = await publish(['1.0.0']);
    for (const key of [randomKey(), client.key as PrivateKey])
      await refused(refuse(digest, ['listing'], key), 'SignerNotAllowed');
    expect((await getRelease(client, digest)).notices?.refused).toBeNull();
  });

  it('labels are shown with who said them; only those of the followed count', async () => {
    const { client, publisher, digest } = await publish(['1.0.0']);
    const stranger = randomKey();
    expect((await getNetwork(client)).labelers).toEqual([addressOf(labeler)]);
    await label(stranger, digest, 'malware');
    await label(labeler, digest, 'tested-by-us');
    expect((await listLabels(client, digest)).labels).toMatchObject([
      { label: 'tested-by-us', by: addressOf(labeler), followed: true, note: 'seen by us', expiresAt: null },
      { label: 'malware', by: addressOf(stranger), followed: false },
    ]);
    expect((await getRelease(client, digest)).labels?.length).toBe(2);
    expect(await listed(publisher, { label: 'tested-by-us' })).toEqual([digest]);
    expect(await listed(publisher, { label: 'malware' })).toEqual([]);
    expect(await listed(publisher, { withoutLabel: 'malware' })).toEqual([digest]);
    expect(await listed(publisher, { withoutLabel: 'tested-by-us' })).toEqual([]);
    const [row] = (await listReleases(client, { publisher })).releases;
    expect(row?.labels?.map((one) => one.label)).toEqual(['tested-by-us']);
    await label(labeler, digest, 'tested-by-us', { attached: false });
    expect((await listLabels(client, digest)).labels.map((one) => one.label)).toEqual(['malware']);
  });

  it('labels end by themselves, and stand on nodes and keys too', async () => {
    const client = clientOf();
    const node = await joinAsNode(client);
    await label(labeler, node, 'slow', { expiresAt: hub.ctx.clock() + 60_000 });
    const nodes = async () =>
      ((await (await fetch(`${hub.url}/v1/nodes`)).json()) as { nodes: { node: string; labels: unknown[] }[] }).nodes;
    expect((await nodes()).find((one) => one.node === node)?.labels).toMatchObject([{ label: 'slow' }]);
    expect((await getKey(client, node)).labels).toMatchObject([{ label: 'slow', followed: true }]);
    now = hub.ctx.clock() + 61_000;
    expect((await listLabels(client, node)).labels).toEqual([]);
    expect((await nodes()).find((one) => one.node === node)?.labels).toEqual([]);
    await refused(label(labeler, node, 'slow', { expiresAt: hub.ctx.clock() - 1 }), 'StatementInvalid');
    await refused(label(labeler, '../x y', 'slow'), 'RequestInvalid');
    await refused(label(labeler, 'iris@1', 'slow'), 'StatementInvalid');
    await refused(label(randomKey(), node, 'slow', { attached: false }), 'StatementInvalid');
  });

  it('attack: a flood of labels by one key ends at the bound of a day, and pushes no followed label out of view', async () => {
    const { digest } = await publish(['1.0.0']);
    await label(labeler, digest, 'tested-by-us');
    const flooder = randomKey();
    const words = Array.from({ length: 150 }, (_, index) => `word-${index}`);
    for (let at = 0; at < words.length; at += 50)
      await Promise.all(words.slice(at, at + 50).map((word) => label(flooder, digest, word)));
    await refused(label(flooder, digest, 'one-more'), 'TooManyStatements');
    await refused(yank(clientOf(flooder), digest), 'SignerNotAllowed');
    const { labels } = await listLabels(clientOf(), digest);
    expect(labels.length).toBe(100);
    expect(labels[0]).toMatchObject({ label: 'tested-by-us', followed: true });
    // Said already: it costs nothing and is no error.
    now = hub.ctx.clock() + 25 * 3600_000;
    await label(flooder, digest, 'one-more');
  });

  it('whoever watches a release hears of yanks and labels', async () => {
    const { client, digest } = await publish(['1.0.0']);
    const stop = new AbortController();
    const until = AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]);
    const heard: ReleaseView[] = [];
    for await (const view of watchRelease(client, digest, { signal: until })) {
      heard.push(view);
      if (heard.length === 1) await Promise.all([yank(client, digest), label(labeler, digest, 'odd')]);
      if (view.notices?.yanked && view.labels?.length === 1) break;
    }
    stop.abort();
    expect(heard.at(-1)?.labels).toMatchObject([{ label: 'odd' }]);
  });

  it('the fold of the whole log says the same as what the hub keeps', async () => {
    const before = await hub.ctx.db.selectFrom('label').select(['subject', 'signer', 'label', 'content']).execute();
    const aliases = await hub.ctx.db.selectFrom('alias').selectAll().orderBy('subject').execute();
    const rows = await hub.ctx.db.selectFrom('statement').select(['content', 'logged_at']).orderBy('seq').execute();
    const state = emptyNetworkState(hub.ctx.rules.hub);
    for (const row of rows)
      reduceNetwork(state, { statement: JSON.parse(row.content) as never, loggedAt: row.logged_at });
    expect(state.labels.size).toBe(before.length);
    expect([...state.aliases.keys()].sort()).toEqual(aliases.map(({ subject }) => subject).sort());
    expect(state.aliases.has(aliasSubject(addressOf(randomKey()), parseModelName('a') as never))).toBe(false);
    await hub.ctx.db.updateTable('log_fold').set({ version: 0 }).execute();
    const yanked = () =>
      hub.ctx.db.selectFrom('release_state').select('digest').where('yanked', '=', true).orderBy('digest').execute();
    const wereYanked = await yanked();
    await refoldLog(hub.ctx);
    expect(await hub.ctx.db.selectFrom('label').selectAll().execute()).toHaveLength(before.length);
    expect(await hub.ctx.db.selectFrom('alias').selectAll().orderBy('subject').execute()).toEqual(aliases);
    expect(await yanked()).toEqual(wereYanked);
    expect(wereYanked.length).toBeGreaterThan(0);
  });

  it('what was said stays among the statements about the release', async () => {
    const { client, digest } = await publish(['1.0.0']);
    await yank(client, digest);
    const { statements } = await listStatements(client, digest);
    expect(statements.map(({ statement }) => statement.kind)).toContain('release.yanked');
  });
});
