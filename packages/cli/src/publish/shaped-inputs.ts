import type { Manifest, ModelSummary } from '@callable/protocol';
import { resolveShapes } from '../models/resolve-shapes.ts';
import type { ShapedInput } from '../models/size-axes.ts';

/** Inputs of which examples are made, with the names of their axes. Where the rank is unknown one axis is tried. */
export const shapedInputs = (
  { inputs }: Pick<ModelSummary, 'inputs'>,
  defaults: ReadonlyMap<string, unknown>,
): ShapedInput[] =>
  withDefaults(
    resolveShapes(inputs, () => [-1]),
    defaults,
  ).map((spec) => ({
    ...spec,
    axes: inputs.find(({ name }) => name === spec.name)?.axes ?? [],
  }));

export const withDefaults = (specs: Manifest['inputs'], defaults: ReadonlyMap<string, unknown>): Manifest['inputs'] =>
  specs.map((spec) => (defaults.has(spec.name) ? { ...spec, default: defaults.get(spec.name) } : spec));

/** A manifest names the axes of an input, so what the model leaves open is settled by the example: one sentence for each. */
export function ranksTaken(
  { inputs }: Pick<ModelSummary, 'inputs'>,
  shapeOf: (name: string) => readonly number[] | undefined,
): string[] {
  return inputs
    .filter(({ rankKnown }) => !rankKnown)
    .map(({ name }) => {
      const axes = shapeOf(name)?.length ?? 0;
      return `The model takes ${JSON.stringify(name)} with any number of axes; callers of this release send ${axes}, as the example has. Another number needs another --example, or an export that declares the shape.`;
    });
}
