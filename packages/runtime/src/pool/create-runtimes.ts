import type { Runtime } from '../runtime.ts';
import { runtimeTable } from '../runtime-table.ts';
import { createRunnerPool, type RunnerPoolOptions } from './create-runner-pool.ts';

/**
 * One runtime out of a table of them: each model is loaded by the one its source names. A pool of runners is opened
 * when its runtime is first asked for, that of `engine` at once.
 */
export function createRuntimes(options: RunnerPoolOptions): Runtime & AsyncDisposable {
  const { runtimes = runtimeTable, engine = 'native' } = options;
  const pools = new Map<string, Runtime & AsyncDisposable>();
  const poolOf = (name: string) => {
    let pool = pools.get(name);
    if (!pool) {
      pool = createRunnerPool({ ...options, engine: name });
      pools.set(name, pool);
    }
    return pool;
  };
  poolOf(engine);

  return {
    async load(source, loading) {
      const name = source.engine ?? engine;
      if (!Object.hasOwn(runtimes, name))
        return { ok: false, reason: 'UnsupportedFormat', message: `There is no runtime ${name} here.` };
      return await poolOf(name).load(source, loading);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...pools.values()].map((pool) => pool[Symbol.asyncDispose]()));
    },
  };
}
