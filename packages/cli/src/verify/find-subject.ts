import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Digest, parseAddress, parseDigest, parseReleaseRef } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { readAnswer, type SavedAnswer } from './read-answer.ts';
import type { LogReading } from './read-log.ts';

/** What shall be verified. */
export type Subject =
  | { kind: 'release'; name: string }
  | { kind: 'node'; address: string }
  | { kind: 'calls' }
  | { kind: 'receipt'; name: string; answer: SavedAnswer };

/** All calls by that word, a node by its address, a receipt by the file it is in, everything else as a release. */
export async function parseSubject(context: Pick<CliContext, 'cwd'>, text: string): Promise<Subject> {
  if (text === 'calls') return { kind: 'calls' };
  const address = parseAddress(text);
  if (address) return { kind: 'node', address };
  // `receipts/one.json` may be either: a file that is there is meant.
  const isThere = existsSync(resolve(context.cwd, text));
  const isJson = text.endsWith('.json');
  if (!(isJson && isThere) && (parseDigest(text) || parseReleaseRef(text))) return { kind: 'release', name: text };
  // Answers are saved as answer.txt too, or without any ending.
  if (!isJson && !isThere)
    throw usageError(
      `${text} names no release, node or receipt, and is not the word calls.`,
      'Give publisher/name@version, sha256:…, the address of a node, or a JSON file with a receipt.',
    );
  return { kind: 'receipt', name: text, answer: await readAnswer(resolve(context.cwd, text), text) };
}

/** The digest of a release as the log names it; without a version the one the log took in last. Null when it has none. */
export function resolveRelease(log: Pick<LogReading, 'names' | 'handles' | 'state'>, name: string): Digest | null {
  const digest = parseDigest(name);
  if (digest && log.state.releases.has(digest)) return digest;
  const ref = parseReleaseRef(name);
  if (!ref) return null;
  const publisher = parseAddress(ref.publisher) ?? log.handles.get(ref.publisher)?.owner ?? ref.publisher;
  const prefix = `${publisher}/${ref.name}@`;
  const found = ref.version
    ? log.names.get(`${prefix}${ref.version}`)
    : [...log.names].filter(([reference]) => reference.startsWith(prefix)).at(-1)?.[1];
  return found ?? null;
}

/** As `resolveRelease`; throws ReleaseNotFound. */
export function findRelease(log: Pick<LogReading, 'names' | 'handles' | 'state'>, name: string): Digest {
  const found = resolveRelease(log, name);
  if (found) return found;
  throw new CliError(
    'ReleaseNotFound',
    `This log has no release ${name}.`,
    'Check the name, or verify against a newer copy of the log.',
  );
}
