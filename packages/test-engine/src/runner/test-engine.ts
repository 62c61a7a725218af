import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readElements, type Tensor } from '@callable/protocol/tensor';
import type { Engine, EngineValue } from '@callable/runtime/runner';
import { readTestModel, type TestAct, type TestModel } from '../test-model.ts';
import { act } from './act.ts';

const value = (name: string): EngineValue => ({ name, datatype: 'FP32', type: 'floats', shape: [-1] });

/** The engine of the toy: y = scale · x, at once or in pieces, and what else the model says. */
export function createTestEngine(judged: boolean): Engine {
  return {
    version: '1.0.0',
    async open({ directory, entry }) {
      const model = readTestModel(await readFile(join(directory, entry)));
      if (!model) throw new Error('This is no model of the format test.');
      for (const each of model.acts) if (each.when === 'load') await act(each, new AbortController().signal);
      return {
        signature: { inputs: [value('x')], outputs: [value('y')] },
        run: ([x], _outputs, signal) => {
          const answers = answerInParts(model, numbersOf(x), judged, signal);
          return model.pieces ? answers : onlyPart(answers);
        },
      };
    },
    explainLoad: (error) => explain(error, 'LoadFailed' as const),
    explainRun: (error) => explain(error, 'RunFailed' as const),
  };
}

async function* answerInParts(
  model: TestModel,
  x: number[],
  judged: boolean,
  signal: AbortSignal,
): AsyncGenerator<Tensor[], void> {
  let more = 0;
  const always = model.acts.filter(
    ({ when }) => when === 'run' || when === (judged ? 'judged' : 'native') || (when === 'empty' && x.length === 0),
  );
  for (const each of always) more += await act(each, signal);
  for (const part of model.pieces && x.length > 0 ? x.map((element) => [element]) : [x]) {
    for (const each of model.acts) if (isAmong(each, part)) more += await act(each, signal);
    if (model.pauseMs > 0) await pause(model.pauseMs, undefined, { signal });
    const y = part.map((element) => element * model.scale + more);
    yield [{ name: 'y', datatype: 'FP32', shape: [y.length], data: new Uint8Array(Float32Array.from(y).buffer) }];
  }
}

async function onlyPart(parts: AsyncGenerator<Tensor[], void>): Promise<Tensor[]> {
  return (await parts.next()).value ?? [];
}

const isAmong = ({ when }: TestAct, part: readonly number[]) =>
  typeof when === 'number' && part.some((element) => Object.is(element, when));

const numbersOf = (tensor: Tensor | undefined) => (tensor ? Array.from(readElements(tensor), Number) : []);

function explain<Reason>(error: unknown, reason: Reason): { reason: Reason | 'OutOfMemory'; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { reason: /allocation failed/i.test(message) ? 'OutOfMemory' : reason, message };
}
