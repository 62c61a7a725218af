import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getRelease } from '@callable/sdk';
import { isTrue, publishBytes, untilRelease } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { defaultHubConfig } from '../src/index.ts';
import { startTestHub } from './start-test-hub.ts';

const run = promisify(execFile);

it('a log whose disk is full refuses what ends in a statement, reads go on, and it takes it again once there is room', async ({
  skip,
}) => {
  await using directory = await createTestDirectory();
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory.path]).catch(String);
  if (typeof mounted === 'string') skip(`A small file system cannot be mounted here: ${mounted}`);
  try {
    await using hub = await startTestHub({ config: { log: { ...defaultHubConfig.log, directory: directory.path } } });
    const client = hub.client();
    const { digest } = await publishBytes(client, randomBytes(100), { name: 'before' });
    await untilRelease(client, digest, isTrue('Stored'));
    const ballast = join(directory.path, 'ballast');
    await writeFile(ballast, Buffer.alloc(2 ** 20)).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    });
    const publish = (name: string) =>
      publishBytes(client, randomBytes(100), { name }).then(
        () => 'taken',
        ({ code }: { code?: string }) => code,
      );
    // The first may be acknowledged: it is in the database, and in the log once there is room.
    await expect.poll(() => publish(`n${randomBytes(4).toString('hex')}`), { timeout: 10_000 }).toBe('DiskFull');
    const health = await fetch(`${hub.url}/readyz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      checks: { database: 'ok', log: 'waiting: the disk of the log is full', disk: expect.stringContaining('full: ') },
    });
    expect((await getRelease(client, digest)).digest).toBe(digest);
    await rm(ballast);
    await expect.poll(() => publish('after'), { timeout: 15_000, interval: 200 }).toBe('taken');
    const { rows } = { rows: await hub.database.db.selectFrom('statement').select('seq').execute() };
    const size = async () => Number((await (await fetch(`${hub.url}/log/checkpoint`)).text()).split('\n')[1]);
    await expect.poll(size, { timeout: 10_000 }).toBeGreaterThanOrEqual(rows.length);
  } finally {
    await run('umount', ['-l', directory.path]);
  }
});
