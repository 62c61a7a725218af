import type { Manifest } from './manifest.ts';
import { signatureVectors } from './proves-only-signature.ts';
import { binaryVectors } from './vector-file.ts';

/** Whoever runs a release with defaults must know them: else a call that leaves an input out is refused. */
export const inputDefaults = 'input-defaults';

/** Words beside the formats, of what the nodes of this software understand. */
export const ownAbilities: readonly string[] = [binaryVectors, signatureVectors, inputDefaults];

/** What a node can do that does not say what it can. */
export const firstAbilities: readonly string[] = ['onnx'];

/**
 * What whoever runs a release must understand, in words: its format, what it asks for by name, and the places of a
 * manifest that change what running it means. Ignored, steps would feed raw bytes to the graph, a price would be served for
 * nothing, and the luck of one run would be the verdict on a random model.
 */
export function abilitiesOf({ format, needs, steps, price, vectors, inputs }: Manifest): string[] {
  const places = [
    ...(steps === undefined ? [] : ['steps']),
    ...(price === null ? [] : ['price']),
    ...(vectors.some(({ checks }) => checks === 'signature') ? [signatureVectors] : []),
    ...(inputs.some((input) => input.default !== undefined) ? [inputDefaults] : []),
  ];
  return [...new Set([format, ...(needs.abilities ?? []), ...places])];
}

/** Those of them that somebody who can do `abilities` lacks. */
export function missingAbilities(manifest: Manifest, abilities: readonly string[]): string[] {
  return abilitiesOf(manifest).filter((ability) => !abilities.includes(ability));
}
