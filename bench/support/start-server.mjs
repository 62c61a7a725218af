import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Starts a program that says its URL as the first line; `stop` ends it and waits until it has. */
export async function startServer(args, env = process.env) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    if (child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout }))
    return { url: JSON.parse(line).url, pid: child.pid, stop };
  throw new Error('The server did not start.');
}

export const startHubAlone = (dataDir) =>
  startServer([fileURLToPath(new URL('./hub-alone.mjs', import.meta.url)), dataDir]);

/** The most memory a process held so far, megabytes; Linux alone tells. */
export function peakMegabytes(pid) {
  try {
    return (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}
