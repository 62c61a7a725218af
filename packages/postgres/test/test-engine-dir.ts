import { fileURLToPath } from 'node:url';

/** One copy of the programs for all runs in this checkout. */
export const testEngineDir = fileURLToPath(new URL('../../../node_modules/.cache/callable/engine', import.meta.url));
