import { completeSettings, type NodeSettings } from '@callable/node';

/** Fewer would leave a node one slot for everybody, and its fairness needs two. */
const fewestSlots = 2;

/** What each of several nodes on one machine may take: together what one alone would. */
export function shareMachine(
  settings: NodeSettings,
  count: number,
): Required<Pick<NodeSettings, 'memoryBytes' | 'diskBytes' | 'slots'>> {
  const { memoryBytes, diskBytes, slots } = completeSettings(settings);
  return {
    memoryBytes: Math.floor(memoryBytes / count),
    diskBytes: Math.floor(diskBytes / count),
    slots: Math.max(fewestSlots, Math.floor(slots / count)),
  };
}
