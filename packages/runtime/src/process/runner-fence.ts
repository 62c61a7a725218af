import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** The programs of this system that fence a runner in; each is null where it is missing or not permitted. */
export type RunnerFence = {
  shell: string | null;
  /** Drops privileges and has the runner killed when the node dies, even in the midst of a call. */
  setpriv: readonly string[] | null;
  /** Takes the network away. */
  unshare: readonly string[] | null;
  /** Sets the memory limit of a running process. */
  prlimit: string | null;
};

const shell = '/bin/sh';

/** Tries out what this system has and permits. Without any of it a runner is still a process of its own. */
export async function findFence(): Promise<RunnerFence> {
  const [setpriv, unshare] = await Promise.all([firstThatRuns(setprivs()), firstThatRuns(unshares())]);
  return { shell: runnable(shell) ? shell : null, setpriv, unshare, prlimit: findProgram('prlimit') };
}

/** The command line that runs a program inside the fence. Each step replaces itself by the next: one process remains. */
export function fencedCommand(fence: RunnerFence, addressSpaceBytes: number, program: readonly string[]): string[] {
  const command = [...(fence.unshare ?? []), ...(fence.setpriv ?? []), ...program];
  if (!fence.shell) return command;
  const kilobytes = Math.floor(addressSpaceBytes / 1024);
  // -c: a core file would hold a caller's input. -f: a runner has no file to write.
  return [fence.shell, '-c', `ulimit -c 0; ulimit -f 0; ulimit -v ${kilobytes}; exec "$@"`, 'runner', ...command];
}

function setprivs(): string[][] {
  const program = findProgram('setpriv');
  if (!program) return [];
  const base = [program, '--pdeathsig', 'KILL', '--no-new-privs'];
  return [[...base, '--bounding-set=-all', '--inh-caps=-all'], base];
}

function unshares(): string[][] {
  const program = findProgram('unshare');
  return program
    ? [
        [program, '--net'],
        [program, '--map-current-user', '--net'],
      ]
    : [];
}

async function firstThatRuns(candidates: string[][]): Promise<string[] | null> {
  const quiet = findProgram('true');
  for (const candidate of candidates) {
    const [file, ...rest] = candidate;
    if (file && quiet && (await succeeds(file, [...rest, quiet]))) return candidate;
  }
  return null;
}

function succeeds(file: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(file, args, { env: {}, timeout: 5000 }, (error) => resolve(error === null));
  });
}

/** Not by PATH: whoever can set it must not choose what runs here. */
function findProgram(name: string): string | null {
  return ['/usr/bin/', '/bin/', '/usr/sbin/', '/sbin/'].map((place) => place + name).find(runnable) ?? null;
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
