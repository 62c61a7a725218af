import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { version }: { version: string } = require('../../package.json');

/** What this node calls itself when it joins. */
export const software = `callable-node/${version}`;
