import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listNodes, listReleases, makeStatement, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, publishDirectly, untilRelease } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { findProof } from './support/find-proof.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { spawnCallable } from './support/spawn-callable.ts';
import { startNetwork } from './support/start-network.ts';
import { untilLine } from './support/until-line.ts';
import { untilTrue } from './support/until-true.ts';

const passphrase = { CALLABLE_BACKUP_PASSPHRASE: 'correct horse battery staple' };

it('a backup of a network in use is restored elsewhere with all that was acknowledged before, and is no forger where it came from', async () => {
  await using place = await openTempDir();
  const at = (name: string) => join(place.path, name);
  for (const home of ['operator', 'elsewhere']) await mkdir(at(home));
  const operator = { home: at('operator'), env: passphrase };
  const elsewhere = { home: at('elsewhere'), env: passphrase };
  const acknowledged: string[] = [];
  let node: string;
  let receipt: string;
  {
    await using network = await startNetwork({ dataDir: at('network'), ...operator });
    const user = createUser(network.url);
    const publish = async (name: string) =>
      (await publishDirectly(user, doublingRelease({ publisher: user.address, name }))).reference;
    const attach = (label: string) =>
      makeStatement(user.client, {
        kind: 'label.attached',
        subject: user.address,
        body: { label, attached: true, note: '' },
      });
    const first = await publish('first');
    await untilRelease(user.client, first, isCallable);
    acknowledged.push(first, await publish('second'));
    const answer = await runModel(user.client, first, { x: [21] });
    ({ node } = answer);
    receipt = at('answer.json');
    await writeFile(receipt, JSON.stringify(answer));
    await untilTrue(
      'the receipt under a checkpoint',
      async () => (await findProof(user.client, answer.receipt)) !== null,
    );
    const backup = spawnCallable(
      ['backup', '--data', at('network'), '--to', at('backup'), '--keys', 'encrypt'],
      operator,
    );
    let hasEnded = false;
    void backup.ended.then(() => {
      hasEnded = true;
    });
    let said = 0;
    for (; !hasEnded && said < 20; said++) {
      await runModel(user.client, first, { x: [said] });
      await attach(`during-${said}`);
      if (said === 0) await publish('during');
    }
    expect(await backup.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('read back') });
    expect(said).toBeGreaterThan(0);
    // What no copy of the old moment may take back. A head over less than the copy has would tell nobody.
    await attach('later');
    const { statements } = JSON.parse(await readFile(at('backup/manifest.json'), 'utf8'));
    await untilTrue(
      'a head over more than the backup has',
      async () => Number((await readFile(at('network/hub/log-head'), 'utf8')).split('\n')[1]) > statements,
    );
    expect(await network.stop()).toBe(0);
  }
  await hidesKeys(at('backup'), at('network'));

  {
    const restored = await runCallable(['restore', at('backup'), '--data', at('restored'), '--json'], elsewhere);
    expect(restored.json).toMatchObject({ ok: true, files: { missing: 0 } });
    await cp(at('restored'), at('copy'), { recursive: true });
    await using network = await startNetwork({ dataDir: at('restored'), ...elsewhere });
    const { client } = createUser(network.url);
    const { releases } = await listReleases(client);
    for (const reference of acknowledged) expect(releases.map((release) => release.reference)).toContain(reference);
    // The node fetches them anew, once a probe has found that nobody holds them.
    for (const reference of acknowledged) {
      const call = () => runModel(client, reference, { x: [4] }).catch(() => null);
      await expect.poll(call, { timeout: 60_000 }).toMatchObject({ outputs: { y: [8] }, node });
      await untilRelease(client, reference, isCallable);
    }
    const verified = await runCallable(['verify', receipt, '--hub', network.url, '--json'], elsewhere);
    expect(verified.json).toMatchObject({ ok: true });
    expect(await listNodes(client, { convicted: true })).toMatchObject({ nodes: [] });
    expect(await network.stop()).toBe(0);
  }

  // The user who ran the hub remembers what it signed since.
  const process = spawnCallable(['up', '--json', '--no-examples', '--port', '0', '--data', at('copy')], operator);
  expect(JSON.parse(await untilLine(process, '"ready"'))).toMatchObject({
    ready: false,
    error: { code: 'LogRolledBack', next: expect.stringContaining('callable log recover') },
  });
  process.child.kill('SIGINT');
  await once(process.child, 'close');
  const recovered = await runCallable(
    ['log', 'recover', '--data', at('copy'), '--from', at('network/hub/log')],
    operator,
  );
  expect(recovered).toMatchObject({ code: 0, stdout: expect.stringContaining('the hub may be started') });
}, 180_000);

/** No key of the network stands in the backup in any form somebody would look for. */
async function hidesKeys(backup: string, network: string): Promise<void> {
  const names = await readdir(backup, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    names.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const path of ['hub/hub-key', 'hub/log-key', 'node/key']) {
    const hex = (await readFile(join(network, path), 'utf8')).trim().slice(2);
    const bytes = Buffer.from(hex, 'hex');
    for (const form of [hex, hex.toUpperCase(), bytes, bytes.toString('base64').slice(0, 40)])
      expect(
        files.some((file) => file.includes(form)),
        path,
      ).toBe(false);
  }
}
