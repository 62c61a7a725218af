import { once } from 'node:events';
import { readSettings } from './config.ts';
import { startNode } from './start-node.ts';

const node = await startNode(readSettings(process.env));
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await node[Symbol.asyncDispose]();
