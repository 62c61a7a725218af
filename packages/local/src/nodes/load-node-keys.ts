import { join } from 'node:path';
import { loadKey } from '@callable/hub/config';
import type { PrivateKey } from '@callable/protocol';
import { placeNode } from './place-node.ts';

export type NodePlace = { dataDir: string; key: PrivateKey };

/** The directories of so many nodes, with their keys, made on first use. */
export async function loadNodeKeys(networkDir: string, count: number): Promise<NodePlace[]> {
  const places = Array.from({ length: count }, (_, index) => join(networkDir, placeNode(index + 1)));
  return Promise.all(places.map(async (dataDir) => ({ dataDir, key: await loadKey(join(dataDir, 'key')) })));
}
