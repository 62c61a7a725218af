/**
 * What whoever starts a hub as a process of its own must know of one, without the hub: its code is a tenth of a second of
 * that other process, which every start waits for.
 */

export { loadKey } from '../keys/load-key.ts';
export * from './hub-config.ts';
export { locateLogHeads } from './locate-log-heads.ts';
export { parseSeeds } from './parse-seeds.ts';
