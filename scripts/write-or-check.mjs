import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes generated files (path to text); with `--check` names those that are stale and makes the process end with 1. */
export function writeOrCheck(files) {
  for (const [path, text] of files) {
    if (!process.argv.includes('--check')) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } else if (readOr(path) !== text) {
      process.stderr.write(`${path} is stale: run node ${process.argv[1]}\n`);
      process.exitCode = 1;
    }
  }
}

function readOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
