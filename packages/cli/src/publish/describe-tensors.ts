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
    const { description, labels } = written.find(({ name }) => name === spec.name) ?? {};
    return {
      ...spec,
      ...(description === undefined ? {} : { description }),
      ...(labels === undefined ? {} : { labels }),
    };
  });
}
