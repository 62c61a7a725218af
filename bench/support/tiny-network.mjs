/**
 * A network in one process, of the checkout that is named, with a release whose model does next to nothing; says its URL,
 * the release and its own process as one line of JSON. Arguments: the checkout, a directory for its data.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [checkout, dataDir] = process.argv.slice(2);
const { resolve } = createRequire(join(checkout, 'bench/any.js'));
const load = (name) => import(pathToFileURL(resolve(`@callable/${name}`)).href);
const { startLocalNetwork } = await load('local');
const { createRelease, createUser, publishDirectly } = await load('stand-ins');
const { watchRelease } = await load('sdk');
const { buildModel } = await load('formats/build');

const network = await startLocalNetwork({ dataDir, port: 0 });
const user = createUser(network.url);
const spec = (name) => ({ name, datatype: 'FP32', shape: [-1, 4] });
const vectors = [
  { name: 'one', inputs: { x: [[1, 2, 3, 4]] }, outputs: { y: [[2, 4, 6, 8]] }, rtol: 1e-5, atol: 1e-6 },
];
const model = buildModel({
  inputs: [{ name: 'x', datatype: 'FP32', shape: ['n', 4] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', 4] }],
  nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
  initializers: [],
});
const said = { publisher: user.address, name: 'tiny', inputs: [spec('x')], outputs: [spec('y')], vectors };
const { digest, reference } = await publishDirectly(user, createRelease({ 'model.onnx': model }, said));
for await (const view of watchRelease(user.client, digest)) if (view.callable) break;
console.log(JSON.stringify({ url: network.url, reference, pid: process.pid }));
process.once('SIGTERM', async () => {
  await network[Symbol.asyncDispose]();
  process.exit(0);
});
