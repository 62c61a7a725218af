import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type NodeSettings, nodeProgram } from '@callable/node';
import type { Address } from '@callable/protocol';
import { ownMember } from '@callable/protocol';

/** What a program needs of its surroundings. Not what this one was told: a database's address holds a password. */
const passedOn = ['HOME', 'LANG', 'LD_LIBRARY_PATH', 'PATH', 'TEMP', 'TMP', 'TMPDIR', 'TZ'];

export type NodeProcessSettings = Required<
  Pick<NodeSettings, 'hubUrl' | 'dataDir' | 'memoryBytes' | 'diskBytes' | 'slots'>
> & {
  operator: Address;
};

/**
 * Starts a node as a process of its own, with its key in its data directory. It ends when its stdin closes. A session of
 * its own keeps Ctrl-C from it: it leaves while the hub still hears it.
 */
export function spawnNode(settings: NodeProcessSettings): ChildProcess {
  const kept = passedOn.flatMap((name) =>
    Object.hasOwn(process.env, name) ? [[name, ownMember(process.env, name)]] : [],
  );
  return spawn(process.execPath, [nodeProgram], {
    cwd: settings.dataDir,
    detached: true,
    env: {
      ...Object.fromEntries(kept),
      CALLABLE_END_WITH_STDIN: '1',
      CALLABLE_LOG_LEVEL: 'warn',
      CALLABLE_HUB: settings.hubUrl,
      // Not those the hub names: they are how strangers reach it, through a proxy.
      CALLABLE_GATEWAYS: settings.hubUrl,
      CALLABLE_DATA: settings.dataDir,
      CALLABLE_KEY_FILE: join(settings.dataDir, 'key'),
      CALLABLE_OPERATOR: settings.operator,
      CALLABLE_MEMORY_BYTES: String(settings.memoryBytes),
      CALLABLE_DISK_BYTES: String(settings.diskBytes),
      CALLABLE_SLOTS: String(settings.slots),
    },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}
