import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { version }: { version: string } = require('../../package.json');

/** What wrote a backup. */
export const software = `callable/${version}`;
