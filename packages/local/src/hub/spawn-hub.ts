import { type ChildProcess, spawn } from 'node:child_process';
import { hubProgram } from './hub-program.ts';
import type { HubOrders, HubWord } from './hub-words.ts';

/**
 * Starts the hub as a process of its own. Its settings go over the channel: a database's address holds a password, and
 * whoever lists processes reads their words. It gets the whole environment, which the client of the database reads too.
 * It ends when its stdin closes. A session of its own keeps Ctrl-C from it: it hears the last reports of calls.
 */
export function spawnHub(orders: HubOrders, hear: (word: HubWord) => void): ChildProcess {
  const child = spawn(process.execPath, [hubProgram], {
    cwd: orders.config.dataDir,
    detached: true,
    // Keys of others in the settings are bytes, which JSON would make objects of.
    serialization: 'advanced',
    stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
  });
  // Where there is nothing left to start it with (EMFILE) it has no channel, and says so twice: once is thrown, once heard here.
  child.on('error', () => undefined);
  child.on('message', hear as (word: unknown) => void);
  // One that ended before it could be told is started again.
  child.send(orders, () => undefined);
  return child;
}
