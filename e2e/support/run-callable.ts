import { type SpawnOptions, spawnCallable } from './spawn-callable.ts';

export type CallableResult = {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The one document that `--json` prints; null when stdout holds anything else. */
  json: unknown;
};

/** Runs one command to its end. */
export async function runCallable(words: readonly string[], options: SpawnOptions): Promise<CallableResult> {
  const { code, stdout, stderr } = await spawnCallable(words, options).ended;
  return { code, stdout, stderr, json: parse(stdout) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
