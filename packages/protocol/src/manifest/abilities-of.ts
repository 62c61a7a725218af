import type { Manifest } from './manifest.ts';

/** What a node can do that does not say what it can. */
export const firstAbilities: readonly string[] = ['onnx'];

/**
 * What whoever runs a release must understand, in words: its format, what it asks for by name, and the places of a
 * manifest that change what running it means. Ignored, steps would feed raw bytes to the graph and a price would be
 * served for nothing.
 */
export function abilitiesOf({ format, needs, steps, price }: Manifest): string[] {
  const places = [...(steps === undefined ? [] : ['steps']), ...(price === null ? [] : ['price'])];
  return [...new Set([format, ...(needs.abilities ?? []), ...places])];
}

/** Those of them that somebody who can do `abilities` lacks. */
export function missingAbilities(manifest: Manifest, abilities: readonly string[]): string[] {
  return abilitiesOf(manifest).filter((ability) => !abilities.includes(ability));
}
