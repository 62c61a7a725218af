import { parentPort } from 'node:worker_threads';
import { type CallsDesk, createCallsDesk } from './create-calls-desk.ts';

/** The thread in which the bytes of calls are read and checked. What it is asked it does one after the other. */

const desk = createCallsDesk();

export type Asked = { id: number; name: keyof CallsDesk; input: unknown[] };
export type Told = { id: number } & ({ value: unknown } | { error: unknown });

parentPort?.on('message', async ({ id, name, input }: Asked) => {
  try {
    const work = desk[name] as (...given: unknown[]) => unknown;
    parentPort?.postMessage({ id, value: await work(...input) } satisfies Told);
  } catch (error) {
    parentPort?.postMessage({ id, error } satisfies Told);
  }
});
