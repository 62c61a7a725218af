/**
 * Time of `npm start` from the command to the ready line, on its first run in an empty data directory and on later
 * ones, beside a bare `npm run` that does nothing. Aim: 5 s or less on the second run.
 * Run: npm run build && node bench/cold-start.mjs [later runs]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const laterRuns = Number(process.argv[2] ?? 3);
const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

try {
  const first = await timeStart();
  const later = [];
  const bare = [];
  for (let i = 0; i < laterRuns; i++) {
    later.push(await timeStart());
    bare.push(await timeBareNpm());
  }
  console.log(`first run ${(first / 1000).toFixed(2)} s (with the database made and three examples published)`);
  console.log(
    `later runs ${(median(later) / 1000).toFixed(2)} s at the median of ${laterRuns}, worst ${(Math.max(...later) / 1000).toFixed(2)} s`,
  );
  console.log(
    `bare npm ${(median(bare) / 1000).toFixed(2)} s; a later start = ${(median(later) / median(bare)).toFixed(1)} x bare npm`,
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function timeStart() {
  const start = performance.now();
  const child = spawn(
    'npm',
    ['start', '--silent', '--', '--json', '--port', '0', '--data', join(directory, 'network')],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    },
  );
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"ready":true')) break;
  const elapsed = performance.now() - start;
  process.kill(-child.pid, 'SIGINT');
  await once(child, 'exit');
  return elapsed;
}

async function timeBareNpm() {
  const start = performance.now();
  await once(spawn('npm', ['--version'], { cwd: root, stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}
