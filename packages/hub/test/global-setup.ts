import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { RunningTestServer } from './start-test-server.ts';

/**
 * Gives every test file one PostgreSQL. It starts when the first test asks for a database, so a run without one pays
 * nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'callable-run-'));
  let starting: Promise<RunningTestServer> | undefined;
  const broker = createServer(async (socket) => {
    socket.on('error', () => undefined);
    starting ??= import('./start-test-server.ts').then(({ startTestServer }) => startTestServer());
    const answer = await starting.then(
      ({ server }) => server,
      (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    socket.end(JSON.stringify(answer));
  });
  broker.listen(join(directory, 'broker'));
  await once(broker, 'listening');
  project.provide('testServerSocket', join(directory, 'broker'));
  return async () => {
    broker.close();
    await (await starting?.catch(() => undefined))?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
}
