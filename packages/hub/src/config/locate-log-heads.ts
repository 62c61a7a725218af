import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where the last head of a log is kept beside its data directory: a copy of that directory put back does not undo it.
 * Null when the environment names no home, or says `off`.
 */
export function locateLogHeads(env: Env, platform: NodeJS.Platform = process.platform): string | null {
  const given = env['CALLABLE_LOG_HEADS'];
  if (given) return given === 'off' ? null : given;
  const home = env['HOME'];
  const state =
    env['XDG_STATE_HOME'] ||
    (home && (platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.local', 'state')));
  return state ? join(state, 'callable', 'log-heads') : null;
}
