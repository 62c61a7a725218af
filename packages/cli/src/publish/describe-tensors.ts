import type { Manifest } from '@callable/protocol';
import { suggestWord } from '../arguments/suggest-word.ts';
import { CliError } from '../errors/cli-error.ts';
import type { WrittenTensor } from './read-written-fields.ts';

type TensorSpec = Manifest['inputs'][number];

/**
 * The inputs or outputs of the model with what the publisher wrote about them. A text about a tensor that the model
 * does not have is a mistake, and named as one.
 */
export function describeTensors(
  specs: readonly TensorSpec[],
  written: readonly WrittenTensor[],
  kind: 'input' | 'output',
): TensorSpec[] {
  const names = specs.map((spec) => spec.name);
  const stray = written.find(({ name }) => !names.includes(name));
  if (stray) {
    const meant = suggestWord(stray.name, names);
    throw new CliError(
      'ManifestInvalid',
      `callable.json describes the ${kind} ${JSON.stringify(stray.name)}, which the model does not have.`,
      meant === null ? `Its ${kind}s are ${names.map((name) => JSON.stringify(name)).join(', ')}.` : `Write ${meant}.`,
    );
  }
  return specs.map((spec) => {
    const { description, axes, labels } = written.find(({ name }) => name === spec.name) ?? {};
    // The shape of an output of unknown rank is known only after it was run.
    if (axes !== undefined && spec.shape.length > 0 && axes.length !== spec.shape.length)
      throw wrongAxes(kind, spec, axes.length);
    return {
      ...spec,
      ...(description === undefined ? {} : { description }),
      ...(axes === undefined ? {} : { axes }),
      ...(labels === undefined ? {} : { labels }),
    };
  });
}

const wrongAxes = (kind: string, { name, shape }: TensorSpec, given: number) =>
  new CliError(
    'ManifestInvalid',
    `callable.json names ${given} axes of the ${kind} ${JSON.stringify(name)}, which has ${shape.length}.`,
    `Write one name, or null, for each of [${shape}].`,
  );
