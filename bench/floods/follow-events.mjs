/** A thread of followers, so that what they read does not hold up the clock of the one who measures. */
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { url, reference, count } = workerData;
const agent = new Agent({ maxSockets: count });
let events = 0;

const opened = await Promise.all(Array.from({ length: count }, follow));
parentPort.on('message', () => parentPort.postMessage({ events }));
parentPort.postMessage({ open: opened.filter((status) => status === 200).length });

/** One follower, who reads what comes; resolves with its status when it has been told first. */
async function follow() {
  const asked = get(`${url}/v1/releases/${reference}/events`, { agent });
  asked.on('error', () => {});
  const [response] = await once(asked, 'response');
  response.on('error', () => {});
  response.on('data', (bytes) => {
    if (bytes.includes('event: release')) events += 1;
  });
  await once(response, 'data').catch(() => {});
  return response.statusCode;
}
