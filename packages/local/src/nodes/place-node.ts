import { join } from 'node:path';

/**
 * Where a node keeps its key and its models. The first is where a network with one node keeps it, so that it stays itself
 * whatever the next start asks for.
 */
export const placeNode = (number: number): string => (number === 1 ? 'node' : join('nodes', String(number)));
