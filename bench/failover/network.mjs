// Hub and gateway of a checkout in this process, without a node, on a free port; says its URL as one line of JSON.
import { join } from 'node:path';
import { pino } from 'pino';

const [checkout, dataDir] = process.argv.slice(2);
const [{ startLocalNetwork }, { defaultPolicy }] = await Promise.all(
  ['local', 'protocol'].map((name) => import(join(checkout, 'packages', name, 'dist', 'index.js'))),
);
// No seed is among the nodes: where a build knows seeds, all count alike.
const policy = { ...defaultPolicy, ...('standing' in defaultPolicy ? { seeds: [] } : {}) };
const network = await startLocalNetwork({
  ...{ dataDir, port: 0, withNode: false, nodes: 0, log: pino({ level: 'silent' }) },
  // An early build knows `withNode`, a later one `nodes`.
  // Nodes come from networks of their own, as a proxy tells; callers all come from this machine and are not counted.
  trustedProxies: ['127.0.0.1'],
  hub: { policy },
  gateway: { anonymousCallsPerMinute: 0 },
});
console.log(JSON.stringify({ url: network.url }));
process.once('SIGINT', () => void network[Symbol.asyncDispose]());
