import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { addressOf, chunkBytes, digestJson, type Manifest, type PrivateKey } from '@callable/protocol';
import { type Client, getRelease, listStatements, publishRelease } from '@callable/sdk';
import {
  conditionOf,
  isTrue,
  manifestOf,
  publishBytes,
  randomKey,
  sendBytes,
  sha256,
  signForHub,
  signPublish,
  untilRelease,
} from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suggestVersion } from '../src/releases/suggest-version.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const keyOf = (client: Client) => client.key as PrivateKey;

describe('publishing', () => {
  let hub: TestHub;
  const bytes = Buffer.from('a model for many manifests');
  beforeAll(async () => {
    hub = await startTestHub();
    await sendBytes(hub.client(), bytes);
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const publish = (client: Client, fields: Record<string, unknown> = {}, statement?: unknown) => {
    const manifest = manifestOf(keyOf(client), bytes, fields);
    return publishRelease(client, {
      manifest,
      statement: (statement as ReturnType<typeof signPublish>) ?? signPublish(client, manifest),
    });
  };
  const rows = () => hub.ctx.db.selectFrom('release').select('digest').execute();

  it('a manifest, signature, digest or size that does not fit is refused by name, and nothing is kept', async () => {
    const client = hub.client();
    const key = keyOf(client);
    const before = (await rows()).length;
    const refused = (fields: Record<string, unknown>, code: string, statement?: unknown) =>
      expect(publish(client, fields, statement), JSON.stringify(fields).slice(0, 200)).rejects.toMatchObject({ code });
    const good = manifestOf(key, bytes);
    const [file] = good.files;
    if (!file) throw new Error('one file');
    await refused({}, 'DigestMismatch', signPublish(client, { ...good, title: 'another' } as Manifest));
    await refused({}, 'SignatureInvalid', { ...signPublish(client, good), issuedAt: 1 });
    await refused({}, 'StatementFutureDated', signPublish(client, good, Date.now() + 1e6));
    const stranger = randomKey();
    await refused({}, 'SignerNotAllowed', signPublish(hub.client(stranger), good));
    await refused({ publisher: addressOf(stranger) }, 'SignerNotAllowed');
    const body = { publisher: good.publisher, name: 'twice', version: '2.0.0' };
    const sign = (kind: string, subject: string, about: Record<string, unknown>) =>
      signForHub(client, { kind, subject, body: about });
    await refused({}, 'DigestMismatch', sign('release.published', digestJson(good), body));
    await refused({}, 'StatementInvalid', sign('release.published', digestJson(good), { publisher: 1 }));
    await refused(
      {},
      'StatementInvalid',
      sign('node.joined', digestJson(good), { software: 'x', memoryBytes: 1, slots: 1 }),
    );
    await refused({ files: [{ ...file, size: file.size + 1 }] }, 'ManifestInvalid');
    await refused({ files: [{ ...file, chunks: [] }] }, 'ManifestInvalid');
    await refused({ files: [{ ...file, chunks: ['a'.repeat(64)] }] }, 'ManifestInvalid');
    await refused({ files: [{ ...file, sha256: 'a'.repeat(64), chunks: ['a'.repeat(64)] }] }, 'UploadIncomplete');
    for (const path of ['../model.onnx', '/etc/passwd', 'a//b', 'a\u0000', 'C:\\x', '', '.'])
      await refused({ files: [{ ...file, path }], entry: path }, 'ManifestInvalid');
    await refused({ entry: 'other.onnx' }, 'ManifestInvalid');
    await refused({ files: [file, { ...file, path: 'MODEL.onnx' }] }, 'ManifestInvalid');
    for (const name of ['', 'UPPER', 'a/b', '../x', '-x', 'x'.repeat(64), 'ünïcode', 'a b', 'a\n', 'a@1', '__proto__'])
      await refused({ name }, 'ManifestInvalid');
    for (const version of ['1', '1.0', 'v1.0.0', '1.0.0+build', '01.0.0', '1.0.0-', '1.0.0\n', 'latest'])
      await refused({ version }, 'ManifestInvalid');
    await refused({ 'un known': 1 }, 'ManifestInvalid');
    await refused({ price: 5 }, 'ManifestInvalid');
    const proto = JSON.parse('{"name":"v","inputs":{"__proto__":[1]},"outputs":{},"rtol":0,"atol":0}');
    await refused({ vectors: [proto] }, 'ManifestInvalid');
    await refused({ vectors: [{ name: 'v', inputs: { nope: 1 }, outputs: {}, rtol: 0, atol: 0 }] }, 'ManifestInvalid');
    await refused({ vectors: [{ name: 'v', file: 'nope.json', rtol: 0, atol: 0 }] }, 'ManifestInvalid');
    expect((await rows()).length).toBe(before);
  });

  it.each([
    ['deep JSON', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 400],
    ['deep but short JSON', `{"manifest":${'['.repeat(100)}${']'.repeat(100)}}`, 400],
    ['JSON of 3 MB', JSON.stringify({ manifest: 'x'.repeat(3e6) }), 413],
    ['half of JSON', '{"manifest":', 400],
    ['no body', '', 400],
    ['an array', '[]', 400],
    ['null', 'null', 400],
  ])('%s is refused with a problem document', async (_case, body, status) => {
    const answer = await fetch(`${hub.url}/v1/releases`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code: expect.any(String), title: expect.any(String) });
  });

  it('texts that have no canonical form are ManifestInvalid, not an accident', async () => {
    const client = hub.client();
    const good = manifestOf(keyOf(client), bytes);
    const statement = signPublish(client, good);
    for (const fragment of [
      '"title":"\\ud800"',
      '"vectors":[{"name":"v","inputs":{"x":[1e999]},"outputs":{"y":[1]},"rtol":0,"atol":0}]',
    ]) {
      const text = JSON.stringify({ manifest: good, statement }).replace('"schema"', `${fragment},"schema"`);
      const answer = await fetch(`${hub.url}/v1/releases`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: fragment.includes('vectors') ? text.replace(/,"vectors":\[\{"name":"one".*?\}\]/, '') : text,
      });
      expect(await answer.json()).toMatchObject({ code: 'ManifestInvalid', status: 422 });
    }
  });

  it('strange but legal texts come back as they were signed: the digest of what is read is the same', async () => {
    const client = hub.client();
    const vectors = JSON.parse(
      '[{"name":"__proto__","inputs":{"hasOwnProperty":[1,-0,1e-300,9007199254740993]},"outputs":{"constructor":[2]},"rtol":1e-3,"atol":0}]',
    );
    const { reference, digest } = await publish(client, {
      name: 'strange',
      title: 'NUL \u0000, quote ", back\\slash, \u2028, 😀, <script>alert(1)</script>',
      summary: "'; drop table release; --",
      tags: ['%', '_', '\u0000', '\\'],
      inputs: [{ name: 'hasOwnProperty', datatype: 'FP32', shape: [-1] }],
      outputs: [{ name: 'constructor', datatype: 'FP32', shape: [-1] }],
      vectors,
    });
    for (const name of [reference, digest]) {
      const { manifest } = await getRelease(client, name);
      expect(digestJson(manifest)).toBe(digest);
      expect(Object.keys(Object(manifest.vectors[0]).inputs)).toEqual(['hasOwnProperty']);
    }
  });

  it('the longest legal reference is found', async () => {
    const client = hub.client();
    const version = `999999999.999999999.999999999-${'a'.repeat(40)}`;
    const { reference } = await publish(client, { name: 'x'.repeat(63), version });
    expect((await getRelease(client, reference)).reference).toBe(reference);
    expect((await listStatements(client, reference)).statements).not.toHaveLength(0);
  });

  it('the same again says so and changes nothing', async () => {
    const client = hub.client();
    const manifest = manifestOf(keyOf(client), bytes, { name: 'again' });
    const first = await publishRelease(client, { manifest, statement: signPublish(client, manifest) });
    await untilRelease(client, first.digest, (view) => conditionOf(view, 'Verified').message.includes('No node'));
    const before = (await listStatements(client, first.digest)).statements;
    const later = signPublish(client, manifest, Date.now() - 5000);
    const second = await publishRelease(client, { manifest, statement: later });
    expect(second).toEqual({ ...first, created: false });
    expect((await listStatements(client, first.digest)).statements).toEqual(before);
  });

  it('a version that exists with other content is never overwritten, and a free one is named', async () => {
    const client = hub.client();
    await publish(client, { name: 'fixed' });
    await publish(client, { name: 'fixed', version: '1.3.9' });
    await expect(publish(client, { name: 'fixed', title: 'other' })).rejects.toMatchObject({
      code: 'VersionExists',
      message: expect.stringContaining('1.3.10 is free'),
    });
    expect((await getRelease(client, `${addressOf(keyOf(client))}/fixed@1.0.0`)).manifest.title).toBeUndefined();
  });

  it('of publishes of one version at once with different content one wins', async () => {
    const client = hub.client();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => publish(client, { name: 'race', title: `title ${i}` })),
    );
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'VersionExists' });
    const { statements } = await listStatements(client, won[0]?.value.digest ?? '');
    expect(statements.filter(({ statement }) => statement.kind === 'release.published')).toHaveLength(1);
  });

  it('publishes at once with the same content all succeed, and one of them made it', async () => {
    const client = hub.client();
    const results = await Promise.all(Array.from({ length: 8 }, () => publish(client, { name: 'calm' })));
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.digest)).size).toBe(1);
  });

  it.each([
    [[], '0.0.1'],
    [['1.2.3'], '1.2.4'],
    [['1.2.3', '1.10.0', '1.9.9'], '1.10.1'],
    [['2.0.0-rc.1', '1.0.0'], '2.0.0'],
    [['2.0.0-rc.1', '2.0.0'], '2.0.1'],
    [['1.0.999999999'], '1.1.0'],
    [['1.999999999.999999999'], '2.0.0'],
  ])('after %j the version %s is free', (versions, free) => {
    expect(suggestVersion(versions)).toBe(free);
  });

  describe('when stored bytes change', () => {
    const damage = async (sha: string, content: Uint8Array) => {
      await writeFile(`${hub.ctx.config.dataDir}/blobs/${sha.slice(0, 2)}/${sha}`, content);
    };
    const readBackNow = async (digest: string) => {
      await hub.ctx.db
        .updateTable('job')
        .set({ run_at: 1 })
        .where('release', '=', digest as never)
        .where('step', '=', 'store')
        .execute();
      hub.ctx.changes.emit({ topic: 'job', subject: 'hub' });
    };

    it('Stored says so, for every release with the file, and publishing the same again mends it', async () => {
      const client = hub.client();
      const model = randomBytes(100_000);
      const first = await publishBytes(client, model, { name: 'damaged' });
      const second = await publishBytes(hub.client(), model, { name: 'shares-the-file' });
      for (const { digest } of [first, second]) await untilRelease(client, digest, isTrue('Stored'));
      await damage(sha256(model), randomBytes(100_000));
      await readBackNow(first.digest);
      for (const { digest } of [first, second]) {
        const view = await untilRelease(client, digest, (one) => conditionOf(one, 'Stored').status === 'False');
        expect(conditionOf(view, 'Stored').reason).toMatch(/HashMismatch|FileMissing/);
        expect(view.callable).toBe(false);
      }
      const again = await publishBytes(client, model, { name: 'damaged' });
      expect(again).toEqual({ ...first, created: false });
      await untilRelease(client, first.digest, isTrue('Stored'));
    });

    it('a failing check is not repeated in the log', async () => {
      const client = hub.client();
      const model = randomBytes(1000);
      const { digest } = await publishBytes(client, model, { name: 'lost' });
      await untilRelease(client, digest, isTrue('Stored'));
      await hub.ctx.blobs.delete(sha256(model));
      await readBackNow(digest);
      await untilRelease(client, digest, (one) => conditionOf(one, 'Stored').reason === 'FileMissing');
      const count = (await listStatements(client, digest)).statements.length;
      const job = () =>
        hub.ctx.db
          .selectFrom('job')
          .selectAll()
          .where('release', '=', digest)
          .where('step', '=', 'store')
          .executeTakeFirst();
      await readBackNow(digest);
      await expect.poll(async () => (await job())?.run_at).toBeGreaterThan(Date.now());
      expect((await listStatements(client, digest)).statements).toHaveLength(count);
    });
  });

  it('chunk hashes in a manifest that are not those of the bytes are found out, and the bytes are kept', async () => {
    const client = hub.client();
    const model = randomBytes(chunkBytes + 10);
    await sendBytes(client, model);
    const good = manifestOf(keyOf(client), model, { name: 'wrong-chunks' });
    const [file] = good.files;
    if (!file) throw new Error('one file');
    const manifest = { ...good, files: [{ ...file, chunks: [file.chunks[0] ?? '', 'e'.repeat(64)] }] } as Manifest;
    const { digest } = await publishRelease(client, { manifest, statement: signPublish(client, manifest) });
    const view = await untilRelease(client, digest, (one) => conditionOf(one, 'Stored').status === 'False');
    expect(conditionOf(view, 'Stored')).toMatchObject({
      reason: 'HashMismatch',
      message: expect.stringContaining('Chunk 1'),
    });
    expect(await hub.ctx.blobs.stat(sha256(model))).toEqual({ size: model.length });
  });
});
