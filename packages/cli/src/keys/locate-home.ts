import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CliContext } from '../context/cli-context.ts';

/** Where this user's key and data live: CALLABLE_HOME, else `~/.callable`. */
export function locateHome({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>): string {
  return env.CALLABLE_HOME ? resolve(cwd, env.CALLABLE_HOME) : join(homedir(), '.callable');
}
