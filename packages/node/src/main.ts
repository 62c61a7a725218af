import { once } from 'node:events';
import { readSettings } from './config.ts';
import { startNode } from './start-node.ts';

const node = await startNode(readSettings(process.env));
const ends = [once(process, 'SIGTERM'), once(process, 'SIGINT')];
if (process.env.CALLABLE_END_WITH_STDIN === '1') {
  ends.push(once(process.stdin.resume(), 'close'));
  process.stdin.unref?.();
}
// A supervisor shall see that it was not asked to stop.
const replaced = node.ended.then(() => {
  process.exitCode = 1;
});
await Promise.race([...ends, replaced]);
await node[Symbol.asyncDispose]();
