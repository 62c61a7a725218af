import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The pids of processes that have to do with this directory: named on their command line, in the environment they were
 * started with, or worked in. Runners and databases rewrite or drop the first two, so one of the three alone would
 * miss some. Without /proc (macOS) only the command line tells.
 *
 * @param {string} directory
 * @returns {Promise<number[]>}
 */
export async function findProcessesOf(directory) {
  const pids = (await readdir('/proc').catch(() => null))?.filter((name) => /^\d+$/.test(name));
  if (!pids) return findByCommandLine(directory);
  const found = await Promise.all(pids.map((pid) => belongs(pid, directory)));
  return pids.filter((_, at) => found[at]).map(Number);
}

async function belongs(pid, directory) {
  const [words, environment, place] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
  ]);
  // A directory that was removed meanwhile is shown with a word behind it.
  return [words, environment].some((text) => text.includes(directory)) || place.startsWith(directory);
}

async function findByCommandLine(directory) {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  return stdout.split('\n').flatMap((line) => (line.includes(directory) ? [Number.parseInt(line, 10)] : []));
}
