import { once } from 'node:events';
import { readSettings } from './config.ts';
import { startNode } from './start-node.ts';

const node = await startNode(readSettings(process.env));
const ends = [once(process, 'SIGTERM'), once(process, 'SIGINT')];
if (process.env.CALLABLE_END_WITH_STDIN === '1') {
  ends.push(once(process.stdin.resume(), 'close'));
  process.stdin.unref?.();
}
await Promise.race(ends);
await node[Symbol.asyncDispose]();
