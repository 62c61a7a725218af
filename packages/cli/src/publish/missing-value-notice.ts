import type { ModelSummary } from '@callable/protocol';

/** How to try a missing value, where trees may see one and the example has none: what exporters most often change. */
export function missingValueNotice(
  { flags, inputs }: Pick<ModelSummary, 'flags' | 'inputs'>,
  example: string,
): string[] {
  if (!flags.trees || /"NaN"/.test(example)) return [];
  const input = inputs.find(({ datatype }) => datatype?.startsWith('FP'))?.name ?? 'the input';
  return [
    `The model has decision trees, and converters often send a missing value down another branch than the framework did. Where one can be meant, put "NaN" for it into ${input} of your --example, and give --expected what your framework answers.`,
  ];
}
