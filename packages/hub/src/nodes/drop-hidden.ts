import type { Address } from '@callable/protocol';
import type { Parties } from './find-parties.ts';

/**
 * Of nodes that could speak for the unknown network only the hub's own, where one of `speakers` is. Drawn at random, who
 * has more keys there would speak: with six of seven, three of three good releases were refused.
 */
export function dropHidden(
  nodes: readonly Address[],
  { isHidden, isOfHub }: Pick<Parties, 'isHidden' | 'isOfHub'>,
  speakers: readonly Address[] = nodes,
): Address[] {
  const isSpokenFor = speakers.some((node) => isHidden(node) && isOfHub(node));
  return nodes.filter((node) => !isSpokenFor || !isHidden(node) || isOfHub(node));
}
