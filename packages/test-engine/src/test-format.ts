import { describeMismatch, type Format } from '@callable/formats';
import type { ModelSummary, ModelValue } from '@callable/protocol';
import { firstLine, readTestModel } from './test-model.ts';

const value = (name: string): ModelValue => ({
  ...{ name, datatype: 'FP32', type: 'floats' },
  ...{ shape: [-1], rankKnown: true },
});

/** No toy says more than this. */
const longestModel = 64 * 1024;

/** The row of the toy format. */
export const testFormat: Format = {
  name: 'test',
  extension: '.test',
  entryPath: 'model.test',
  takes: (head) => (new TextDecoder().decode(head).startsWith(`${firstLine}\n`) ? 'yes' : 'no'),
  async inspect({ size, read }) {
    const model = size > longestModel ? null : readTestModel(await read(0, size));
    if (model) return { ok: true, summary: summaryOf(model.acts.every(({ what }) => what !== 'vary')) };
    return { ok: false, reason: 'NotAModel', message: 'This is no model of the format test.', findings: [] };
  },
  describeMismatch,
  run: 'test',
  adjudicate: 'test-judge',
  checks: { seeded: true, extremes: true },
};

function summaryOf(reproducible: boolean): ModelSummary {
  return {
    inputs: [value('x')],
    outputs: [value('y')],
    memoryBytes: 1024 * 1024,
    findings: [],
    flags: { reproducible, random: false, trees: false },
    needs: { opset: {} },
    companions: [],
    kind: 'a toy',
  };
}
