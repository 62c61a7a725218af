import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './simulate.mjs';

parentPort.postMessage(simulate(workerData));
