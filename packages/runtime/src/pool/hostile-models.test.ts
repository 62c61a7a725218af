import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSpec } from '@callable/formats/build';
import { describe, expect, it } from 'vitest';
import {
  beyondDeadlines,
  counter,
  counterSpecs,
  doubler,
  doublerSpecs,
  filler,
  fillerSpecs,
  gone,
  killBusy,
  loaded,
  mostZeros,
  root,
  run,
  type Specs,
  salt,
  source,
  spec,
  text,
  withPool,
} from '../../test/open-pool.ts';
import { answersBeforeHeld } from '../channel/messages.ts';
import type { LoadedModel } from '../runtime.ts';

describe('adversary: a call', () => {
  it('whose process dies costs itself and nothing else', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      const first = model.pid!;
      const [before, fatal, after] = [run(model, '{"n":7}'), run(model, beyondDeadlines), run(model, '{"n":3}')];
      expect(await before).toMatchObject({ ok: true });
      await killBusy(first);
      expect(await fatal).toMatchObject({ ok: false, kind: 'model', reason: 'RunnerDied' });
      expect(await fatal).toMatchObject({ message: expect.stringContaining('SIGABRT') });
      const answer = await after;
      expect(answer.ok && text(answer.body)).toBe('{"y":3}');
      expect(model.deaths).toBe(1);
      expect(model.pid).not.toBe(first);
    }));

  it('that runs beyond its deadline is killed at it, alone, while other models go on', () =>
    withPool({ warm: 1 }, async (pool) => {
      const [slow, other] = await Promise.all([
        loaded(pool, counter, counterSpecs),
        loaded(pool, doubler, doublerSpecs),
      ]);
      const pid = slow.pid!;
      let answered = 0;
      const started = performance.now();
      const hung = run(slow, beyondDeadlines, 1500);
      const behind = [run(slow, '{"n":3}'), run(slow, '{"n":4}'), run(slow, '{"n":5}')];
      const ended = hung.then(() => true);
      while (!(await Promise.race([ended, Promise.resolve(false)]))) {
        const answer = await run(other, '{"x":[[1,2]]}');
        if (answer.ok) answered++;
      }
      expect(await hung).toMatchObject({ ok: false, kind: 'model', reason: 'TimedOut' });
      expect(performance.now() - started).toBeLessThan(5000);
      expect(answered).toBeGreaterThan(10);
      const verdicts = await Promise.all(behind);
      expect(verdicts.map((each) => (each.ok ? text(each.body) : each))).toEqual(['{"y":3}', '{"y":4}', '{"y":5}']);
      expect(gone(pid)).toBe(true);
      expect(slow.deaths).toBe(1);
    }));

  it('that kills a process which holds answers costs itself alone: all that it had run again, and the next one knows', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      await warm(model);
      const first = model.pid!;
      const [before, fatal, after] = [run(model, '{"n":7}'), run(model, beyondDeadlines), run(model, '{"n":3}')];
      await killBusy(first);
      expect(await before).toMatchObject({ ok: true });
      // As one that is fatal would kill it again.
      await killBusy(model.pid!);
      expect(await fatal).toMatchObject({ ok: false, kind: 'model', reason: 'RunnerDied' });
      const answer = await after;
      expect(answer.ok && text(answer.body)).toBe('{"y":3}');
      expect(model.deaths).toBe(2);
    }));

  it('that hangs a process which holds answers fails at its deadline, and what was held is answered', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      await warm(model);
      const calls = [run(model, '{"n":7}'), run(model, beyondDeadlines, 1200), run(model, '{"n":3}')];
      expect(await Promise.all(calls)).toMatchObject([{ ok: true }, { ok: false, reason: 'TimedOut' }, { ok: true }]);
      expect(model.deaths).toBe(1);
    }));

  it('with a deadline of a millisecond does not cost the model its process', () =>
    withPool({ patienceMs: 20_000 }, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      const pid = model.pid;
      expect(await run(model, '{"n":100000}', 1)).toMatchObject({ reason: 'TimedOut' });
      expect(await run(model, '{"n":3}')).toMatchObject({ ok: true });
      expect([model.pid, model.deaths]).toEqual([pid, 0]);
    }));

  it('that asks for more memory than the model may have fails, and the next one is answered', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, filler, fillerSpecs);
      expect(await run(model, '{"n":[1000]}')).toMatchObject({ ok: true });
      for (const n of [mostZeros, mostZeros - 1])
        expect(await run(model, `{"n":[${n}]}`)).toMatchObject({ ok: false, kind: 'model', reason: 'OutOfMemory' });
      expect(await run(model, '{"n":[1000]}')).toMatchObject({ ok: true });
    }));

  it('whose caller has gone leaves the others their turn', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      const abort = new AbortController();
      const body = new TextEncoder().encode('{"n":2000}');
      const given = model.run({ encoding: 'plain', body, salt }, { deadlineMs: 20_000, signal: abort.signal });
      const next = run(model, '{"n":3}');
      abort.abort(new Error('the caller left'));
      await expect(given).rejects.toThrow('the caller left');
      expect(await next).toMatchObject({ ok: true });
    }));
});

describe('adversary: a model', () => {
  it.each<[string, ModelSpec | Uint8Array, Specs, string, RegExp]>([
    ['that is no model', new Uint8Array([1, 2, 3]), doublerSpecs, 'LoadFailed', /\.$/],
    [
      'with an operator nobody has',
      { ...doubler, nodes: [{ op: 'Nope', inputs: ['x'], outputs: ['y'] }] },
      doublerSpecs,
      'UnsupportedOperator',
      /Nope/,
    ],
    [
      'whose input is of another datatype than declared',
      doubler,
      { ...doublerSpecs, inputs: [spec('x', 'FP64', [-1, 2])] },
      'SchemaMismatch',
      /`x` is FP32 \[-1,2\] in the graph, but FP64 \[-1,2\] in the manifest/,
    ],
    [
      'whose input is of another shape than declared',
      doubler,
      { ...doublerSpecs, inputs: [spec('x', 'FP32', [-1, 3])] },
      'SchemaMismatch',
      /`x`/,
    ],
    [
      'with an input that is not declared',
      doubler,
      { ...doublerSpecs, inputs: [] },
      'SchemaMismatch',
      /takes an input `x`/,
    ],
    [
      'without a declared output',
      doubler,
      { ...doublerSpecs, outputs: [spec('z', 'FP32', [])] },
      'SchemaMismatch',
      /`z`, which the graph does not have/,
    ],
    [
      'whose output is BFLOAT16, which nobody can read',
      {
        ...doubler,
        outputs: [{ name: 'y', datatype: 16, shape: ['N', 2] }],
        nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 16 } } }],
      },
      doublerSpecs,
      'UnsupportedValueType',
      /datatype 16/,
    ],
    [
      'that takes its weights from outside its directory',
      {
        ...doubler,
        nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
        initializers: [
          { name: 'w', datatype: 'FP32', shape: [2], external: { location: '../secret.bin', offset: 0, length: 8 } },
        ],
      },
      doublerSpecs,
      'LoadFailed',
      /external/i,
    ],
  ])('%s is refused with its reason', (_, model, specs, reason, message) =>
    withPool({ warm: 0 }, async (pool) => {
      await writeFile(join(root, 'secret.bin'), Buffer.alloc(8));
      const verdict = await pool.load(await source(model, specs));
      if (verdict.ok) throw new Error('was loaded');
      expect(verdict).toMatchObject({ reason, message: expect.stringMatching(message) });
      expect(verdict.message).not.toContain(root);
      expect(verdict.message).not.toMatch(/\.cc:\d+/);
    }),
  );
});

/** From here on its process may hold answers. */
async function warm(model: LoadedModel): Promise<void> {
  for (let left = answersBeforeHeld; left > 0; left--) expect(await run(model, '{"n":1}')).toMatchObject({ ok: true });
}
