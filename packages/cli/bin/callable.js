#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// In a checkout the sources may be newer than what was built from them; an installed package has only the latter.
// Whoever has prepared already says so: tests start this many times, while somebody may be editing.
const prepareScript = new URL('../../../scripts/prepare.mjs', import.meta.url);
if (process.env.CALLABLE_PREPARED === undefined && existsSync(fileURLToPath(prepareScript))) {
  const { prepare } = await import(prepareScript.href);
  try {
    await prepare();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
// Node 22 and later keep what they compiled for the next start.
module.enableCompileCache?.();
const { main } = await import('../dist/main.js');
await main(process.argv.slice(2));
