import type { Manifest, ModelSummary, ModelValue } from '@callable/protocol';

type Declared = Manifest['inputs'][number];

/**
 * How the manifest's inputs and outputs differ from the model's, in one sentence, or null. Callers write their code
 * from the manifest; a release whose manifest is wrong would refuse what it asks for. Shapes of outputs are left to the
 * vectors: exporters often write one that no runtime keeps to.
 */
export function describeMismatch(manifest: Pick<Manifest, 'inputs' | 'outputs'>, summary: ModelSummary): string | null {
  return (
    compare('input', manifest.inputs, summary.inputs, true) ??
    compare('output', manifest.outputs, summary.outputs, false)
  );
}

/** Every input must be declared, since callers have to give it, and shaped as it is taken; outputs may be left out. */
function compare(
  what: string,
  declared: readonly Declared[],
  real: readonly ModelValue[],
  isInput: boolean,
): string | null {
  const byName = new Map(real.map((value) => [value.name, value]));
  for (const spec of declared) {
    const found = byName.get(spec.name);
    if (!found) return `The manifest declares the ${what} ${quoted(spec.name)}; the model has ${namesOf(real)}.`;
    if (found.datatype !== spec.datatype)
      return `The ${what} ${quoted(spec.name)} is ${found.datatype ?? found.type} in the model and ${spec.datatype} in the manifest.`;
    if (isInput && found.rankKnown && !fits(spec.shape, found.shape))
      return `The ${what} ${quoted(spec.name)} has shape [${found.shape}] in the model and [${spec.shape}] in the manifest.`;
  }
  const names = new Set(declared.map(({ name }) => name));
  const missing = isInput ? real.find(({ name }) => !names.has(name)) : undefined;
  return missing ? `The model has the ${what} ${quoted(missing.name)}, which the manifest does not declare.` : null;
}

function namesOf(values: readonly ModelValue[]): string {
  const shown = values.slice(0, 8).map(({ name }) => quoted(name));
  const more = values.length > shown.length ? `, and ${values.length - shown.length} more` : '';
  return shown.length === 0 ? 'none' : `${shown.join(', ')}${more}`;
}

/** An open dimension on either side fits anything: graphs often leave open what the publisher knows. */
function fits(declared: readonly number[], real: readonly number[]): boolean {
  return (
    declared.length === real.length &&
    declared.every((size, axis) => size === -1 || real[axis] === -1 || size === real[axis])
  );
}

const quoted = (name: string) => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
