import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  beyondDeadlines,
  counter,
  counterSpecs,
  doubler,
  doublerSpecs,
  gone,
  killBusy,
  loaded,
  root,
  run,
  source,
  withPool,
} from '../../test/open-pool.ts';
import { createRunnerPool } from './create-runner-pool.ts';

describe('the pool', () => {
  it('loads no more models than its limit; the next waits for a place, or for its caller to give up', () =>
    withPool({ limit: 1 }, async (pool) => {
      const first = await loaded(pool, doubler, doublerSpecs);
      const abort = new AbortController();
      const impatient = pool.load(await source(doubler, doublerSpecs), { signal: abort.signal });
      const patient = pool.load(await source(doubler, doublerSpecs));
      abort.abort(new Error('gave up'));
      await expect(impatient).rejects.toThrow('gave up');
      expect(await Promise.race([patient, run(first, '{"x":[[1,2]]}')])).toMatchObject({
        outputDigest: expect.anything(),
      });
      const pid = first.pid!;
      await first[Symbol.asyncDispose]();
      expect(gone(pid)).toBe(true);
      expect(await first.exited).toEqual({ disposed: true, message: 'The model was unloaded.' });
      expect(await run(first, '{"x":[[1,2]]}')).toMatchObject({ ok: false, reason: 'RunnerDied' });
      expect(await patient).toMatchObject({ ok: true });
    }));

  it('leaves no process when it is closed in the midst of loading', async () => {
    const pool = createRunnerPool({ directory: root, warm: 1 });
    const loading = pool.load(await source(doubler, doublerSpecs));
    const refused = expect(loading).rejects.toThrow('closed');
    await pool[Symbol.asyncDispose]();
    await refused;
    expect((await readdir(root)).filter((name) => name.startsWith('callable-runners-'))).toEqual([]);
    await expect(pool.load(await source(doubler, doublerSpecs))).rejects.toThrow('closed');
  });

  it('replaces a runner that dies while nobody calls', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, doubler, doublerSpecs);
      process.kill(model.pid!, 'SIGKILL');
      await vi.waitUntil(() => model.deaths === 1, { timeout: 10_000 });
      expect(await run(model, '{"x":[[1,2]]}')).toMatchObject({ ok: true });
    }));

  it.each(['SIGINT', 'SIGTERM'] as const)('a runner outlives %s: its owner finishes the calls and ends it', (signal) =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, doubler, doublerSpecs);
      process.kill(model.pid!, signal);
      expect(await run(model, '{"x":[[1,2]]}')).toMatchObject({ ok: true });
      expect(model.deaths).toBe(0);
    }),
  );

  it('says so when a model cannot be loaded again', () =>
    withPool({}, async (pool) => {
      const described = await source(counter, counterSpecs);
      const verdict = await pool.load(described);
      if (!verdict.ok) throw new Error(verdict.message);
      await rm(described.directory, { recursive: true });
      const fatal = run(verdict.model, beyondDeadlines);
      const behind = run(verdict.model, '{"n":3}');
      await killBusy(verdict.model.pid!);
      expect(await fatal).toMatchObject({ reason: 'RunnerDied', message: expect.stringContaining('SIGABRT') });
      expect(await behind).toMatchObject({ reason: 'RunnerDied', message: expect.stringContaining('loaded again') });
      expect(await verdict.model.exited).toMatchObject({ disposed: false });
    }));

  it.each([
    ['idle', '{"n":1}'],
    ['in a long call', beyondDeadlines],
  ])('adversary: a node that is killed leaves no runner behind, %s', async (_, json) => {
    const described = await source(counter, counterSpecs);
    const built = new URL('../../dist/index.js', import.meta.url).href;
    const script = `
      const { createRunnerPool } = await import(${JSON.stringify(built)});
      const verdict = await createRunnerPool({ directory: ${JSON.stringify(root)} }).load(${JSON.stringify(described)});
      const call = verdict.model.run({ encoding: 'plain', body: Buffer.from(${JSON.stringify(json)}), salt: Buffer.alloc(32) }, { deadlineMs: 60000 });
      if (${json !== beyondDeadlines}) await call;
      console.log(verdict.model.pid);
      setInterval(() => {}, 1000);`;
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => node.stdout.once('data', (line) => resolve(Number(line))));
    expect(gone(pid)).toBe(false);
    if (json === beyondDeadlines)
      await vi.waitUntil(async () => Number((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[13]) > 100, {
        timeout: 20_000,
      });
    node.kill('SIGKILL');
    // There is no event for the end of somebody else's child.
    await vi.waitUntil(() => gone(pid), { timeout: 10_000 });
    const left = (await readdir(root)).filter((name) => name.startsWith('callable-runners-'));
    await Promise.all(left.map((name) => rm(join(root, name), { recursive: true })));
  });
});
