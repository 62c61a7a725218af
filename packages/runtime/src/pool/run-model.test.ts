import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { ModelSpec } from '@callable/formats/build';
import { parsePlainInputs, tensorDigest } from '@callable/protocol';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  doubler,
  doublerSpecs,
  filler,
  fillerSpecs,
  limits,
  loaded,
  run,
  salt,
  source,
  spec,
  text,
  withPool,
} from '../../test/open-pool.ts';

describe('a model in a runner', () => {
  it('answers plain and Open Inference Protocol calls, with the digests anybody can recompute', () =>
    withPool({}, async (pool) => {
      const verdict = await pool.load(await source(doubler, doublerSpecs));
      if (!verdict.ok) throw new Error(verdict.message);
      const { model, loadMs, peakBytes } = verdict;
      expect(loadMs).toBeGreaterThan(0);
      expect(peakBytes).toBeGreaterThan(20e6);
      expect(model.info).toMatchObject({ runtime: 'onnxruntime-node', version: '1.30.0', threads: 1 });
      expect(model.info.binarySha256).toMatch(/^[0-9a-f]{64}$/);

      const body = bytes({ x: [[1.1, 2]] });
      const answer = await model.run({ encoding: 'plain', body, salt }, { deadlineMs: 20_000 });
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      expect(text(answer.body)).toBe('{"y":[[2.2,4]]}');
      const inputs = parsePlainInputs(body, doublerSpecs.inputs);
      const hash = createHash('sha256');
      if (inputs.ok) tensorDigest(inputs.value, salt, hash);
      expect(answer.inputDigest).toBe(hash.digest('hex'));

      const oip = await model.run(
        {
          encoding: 'oip',
          body: bytes({
            id: 'q7',
            inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [1.1, 2] }],
            outputs: [{ name: 'y' }],
          }),
          salt,
        },
        { deadlineMs: 20_000 },
      );
      if (!oip.ok) throw new Error(JSON.stringify(oip));
      expect(oip.id).toBe('q7');
      expect(JSON.parse(text(oip.body))).toEqual([{ name: 'y', shape: [1, 2], datatype: 'FP32', data: [2.2, 4] }]);
      expect([oip.inputDigest, oip.outputDigest]).toEqual([answer.inputDigest, answer.outputDigest]);

      expect(await run(model, '{"X":[[1,2]]}')).toMatchObject({
        kind: 'input',
        problem: { code: 'UnknownInput', message: '`X` is not an input. Did you mean `x`?' },
      });
    }));

  it('tells the shapes the file does not declare, and takes outputs a manifest leaves open', () =>
    withPool({}, async (pool) => {
      const model: ModelSpec = {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2] }],
        outputs: [
          { name: 'y', datatype: 'FP32' },
          { name: 'n', datatype: 'FP32', shape: ['N', 2] },
        ],
        nodes: [
          { op: 'Add', inputs: ['x', 'x'], outputs: ['y'] },
          { op: 'Neg', inputs: ['x'], outputs: ['n'] },
        ],
      };
      const open = { inputs: [spec('x', 'FP32', [1, 2])], outputs: [spec('n', 'FP32', [-1, 2])] };
      const verdict = await pool.load(await source(model, open));
      expect(verdict).toMatchObject({ ok: true, shapes: { y: [1, 2] } });
      // Exporters write shapes that no runtime keeps to: what comes out is judged by the vectors.
      const other = { ...open, outputs: [spec('y', 'FP32', [-1, 3]), spec('n', 'FP32', [-1])] };
      expect(await pool.load(await source(model, other))).toMatchObject({ ok: true });
      const wrong = { ...open, outputs: [spec('y', 'INT64', [-1, 2])] };
      expect(await pool.load(await source(model, wrong))).toMatchObject({ ok: false, reason: 'SchemaMismatch' });
    }));

  it('runs in an empty directory, with no secret in its environment, no network and nothing phoned home', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, doubler, doublerSpecs);
      await run(model, '{"x":[[1,2]]}');
      const pid = model.pid!;
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      const directory = await readlink(`/proc/${pid}/cwd`);
      const variables = Object.fromEntries(environment.split('\0').map((line) => line.split('=', 2)));
      const { LOCPATH: _, PWD: __, ...rest } = variables;
      expect(rest).toEqual({
        '': undefined,
        HOME: directory,
        TMPDIR: directory,
        TZ: 'UTC',
        ORT_DISABLE_TELEMETRY: '1',
        MALLOC_ARENA_MAX: '2',
        UV_THREADPOOL_SIZE: '1',
      });
      expect(await readdir(directory)).toEqual([]);

      const descriptors = await readdir(`/proc/${pid}/fd`);
      const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
      const tables = await Promise.all(
        ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
      );
      for (const inode of links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
        expect(tables.join('\n')).not.toContain(` ${inode} `);
      // The library's telemetry keeps a thread of its own for its uploads.
      const tasks = await readdir(`/proc/${pid}/task`);
      const names = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/comm`, 'utf8')));
      expect(names.join().toLowerCase()).not.toContain('mat');
    }));

  it.each(['en_US.UTF-8', 'en_US', 'fr_FR', 'de-DE'])(
    'text models load without the locale they ask for: %s',
    (locale) =>
      withPool({}, async (pool) => {
        const lower: ModelSpec = {
          inputs: [{ name: 's', datatype: 'BYTES', shape: [2] }],
          outputs: [{ name: 't', datatype: 'BYTES', shape: [2] }],
          nodes: [
            {
              op: 'StringNormalizer',
              inputs: ['s'],
              outputs: ['t'],
              attributes: { case_change_action: { text: 'LOWER' }, locale: { text: locale } },
            },
          ],
        };
        const model = await loaded(pool, lower, {
          inputs: [spec('s', 'BYTES', [2])],
          outputs: [spec('t', 'BYTES', [2])],
        });
        const answer = await run(model, '{"s":["Hello WÖRLD","ÀÉ"]}');
        if (!answer.ok) throw new Error(JSON.stringify(answer));
        expect(text(answer.body)).toBe('{"t":["hello wörld","àé"]}');
      }),
  );

  it('that ran out of memory names the input, and answers when it may have more; calls under way lose nothing', () =>
    withPool({}, async (pool) => {
      const little = { limits: { ...limits, memoryBytes: 128 * 2 ** 20 } };
      const model = await loaded(pool, filler, fillerSpecs, little);
      const large = '{"n":[50000000]}';
      expect(await run(model, large)).toMatchObject({
        ...{ ok: false, reason: 'OutOfMemory' },
        message: expect.stringContaining('The largest input, `n`, has shape [1]: send a smaller one.'),
      });
      const first = model.pid;
      const under = [run(model, '{"n":[30]}'), run(model, '{"n":[40]}'), run(model, '{"n":[50]}')];
      expect(model.grow(512 * 2 ** 20)).toBe(true);
      expect(model.grow(512 * 2 ** 20)).toBe(false);
      for (const answer of [...(await Promise.all(under)), await run(model, large)])
        expect(answer).toMatchObject({ ok: true });
      expect(model.pid).not.toBe(first);
      expect(model.deaths).toBe(0);
    }));
});
