import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getRelease, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, publishDirectly, untilRelease } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNetwork } from './support/start-network.ts';

const run = promisify(execFile);

it('a disk of the database without a byte left: reads and calls go on, writes are refused, and all is well once there is room', async ({
  skip,
}) => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const disk = join(data.path, 'hub/postgres');
  await mkdir(disk, { recursive: true });
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=220m', 'tmpfs', disk]).catch(String);
  if (typeof mounted === 'string') skip(`A small file system cannot be mounted here: ${mounted}`);
  try {
    await using network = await startNetwork({ dataDir: data.path, home: home.path });
    const { url } = network;
    const publisher = createUser(url);
    const named = (name: string, salt: number) => doublingRelease({ publisher: publisher.address, name }, { salt });
    const publish = (name: string, salt: number) => publishDirectly(publisher, named(name, salt));
    const { reference, digest } = await publish('before', 1);
    await untilRelease(publisher.client, reference, isCallable, 60_000);
    const call = async () => (await runModel(publisher.client, reference, { x: [21] })).outputs;
    const health = async () => (await fetch(`${url}/readyz`)).json() as Promise<{ checks: Record<string, string> }>;

    const ballast = join(disk, 'ballast');
    await fill(ballast);
    await expect.poll(async () => (await health()).checks['disk'], { timeout: 10_000 }).toContain('full: ');
    expect((await getRelease(publisher.client, reference)).digest).toBe(digest);
    expect(await call()).toEqual({ y: [42] });
    await expect(publish('refused', 2)).rejects.toMatchObject({ code: 'DiskFull', status: 507 });
    await expect.poll(async () => (await health()).checks['database']).toBe('ok');

    // attack: it dies just then. It may not start without room; calls go on, and room is all it needs.
    process.kill(Number.parseInt(await readFile(join(disk, '18/data/postmaster.pid'), 'utf8'), 10), 'SIGKILL');
    await expect.poll(async () => (await health()).checks['database'], { timeout: 10_000 }).toContain('unreachable: ');
    expect(await call()).toEqual({ y: [42] });
    await rm(ballast);
    await expect.poll(async () => (await health()).checks['database'], { timeout: 40_000 }).toBe('ok');
    await expect
      .poll(() => publish('after', 3).then(() => 'taken', String), { timeout: 30_000, interval: 500 })
      .toBe('taken');
    await untilRelease(publisher.client, `${publisher.address}/after@1.0.0`, isCallable, 60_000);
    expect(await call()).toEqual({ y: [42] });
    expect(await network.stop()).toBe(0);
  } finally {
    await run('umount', ['-l', disk]);
  }
}, 240_000);

/** Until not one more byte can be written. */
async function fill(path: string): Promise<void> {
  for (const size of [2 ** 20, 2 ** 12]) {
    for (let isFull = false; !isFull; ) {
      isFull = await appendFile(path, Buffer.alloc(size, 1)).then(
        () => false,
        ({ code }: { code: string }) => code === 'ENOSPC',
      );
    }
  }
}
