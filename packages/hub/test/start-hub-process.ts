import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A hub as a process of its own, and the URL at which it answers. */
export async function startHubProcess(env: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'] ?? '', CALLABLE_END_WITH_STDIN: '1', ...env },
    // The pipe closes with this process, however it ends.
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /Server listening at (http:\S+?)"/.exec(line)?.[1];
    if (!url) continue;
    child.stdout?.resume();
    return { child, url };
  }
  throw new Error('The hub ended before it listened.');
}
