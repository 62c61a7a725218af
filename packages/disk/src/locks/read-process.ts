import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface RunningProcess {
  /** Opaque. The pid and this together name one process for good; a pid alone is reused. */
  readonly startedAt: string;
  /** Arguments separated by spaces, the program first. */
  readonly command: string;
}

/** What runs under `pid` now; `undefined` when nothing does, or only a zombie nobody has reaped. */
export async function readProcess(pid: number): Promise<RunningProcess | undefined> {
  return process.platform === 'linux' ? readFromProc(pid) : readFromPs(pid);
}

async function readFromProc(pid: number): Promise<RunningProcess | undefined> {
  try {
    const [stat, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    if (startedAt === undefined || state === 'Z' || state === 'X') return undefined;
    return { startedAt, command: commandLine.split('\0').join(' ').trim() };
  } catch (cause) {
    if (isGone(cause)) return undefined;
    throw new Error(`Cannot tell what process ${pid} is.`, { cause });
  }
}

async function readFromPs(pid: number): Promise<RunningProcess | undefined> {
  const ps = promisify(execFile)('ps', ['-o', 'stat=,lstart=,command=', '-p', String(pid)], { env: { LC_ALL: 'C' } });
  const output = await ps.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  const match = /^(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(output);
  const [, state, startedAt, command] = match ?? [];
  if (state === undefined || startedAt === undefined || command === undefined || state.startsWith('Z'))
    return undefined;
  return { startedAt, command };
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // ESRCH: it ended between opening the file and reading it.
  return code === 'ENOENT' || code === 'ESRCH';
}
