import { join } from 'node:path';
import { type Address, ed25519Note, formatVerifierKey, type NoteKey, noteKeyOf } from '@callable/protocol';
import type { Witness } from '../../config/read-log-config.ts';
import { loadKey } from '../../keys/load-key.ts';
import { findSuccessor, parseSuccessors } from './log-successors.ts';
import { readOrNull } from './read-log-file.ts';

/** The transparency log of a hub: who signs it, where it is written, and how it fares. */
export type Tlog = {
  key: NoteKey;
  vkey: string;
  secret: Uint8Array;
  /** Checkpoint, tiles and entry bundles, as they are served. */
  directory: string;
  /** Holds the last signed head outside the database, where a restored backup of it cannot undo it. */
  headFile: string;
  witnesses: readonly Witness[];
  atLeast: number;
  /** `ok`, or why no newer checkpoint is published. */
  state: string;
  /** Set when signing on would show a second history. */
  isRefused: boolean;
  /** Why this hub has signed a later log than the one it holds; null while it has not. */
  rolledBack: string | null;
  /** Holds such a later head that somebody else brought. */
  laterFile: string;
  /** Names the log that took the place of one that was given up. */
  successorsFile: string;
  /** Whether all heads known at the start were compared with what is here. */
  isVerified: boolean;
  /** The published head in one line, as it is said to whoever signs a request. */
  told: string | null;
  /** Heads in one line that were found to be ours, or nobody's: nodes say the same one many times. */
  judged: Set<string>;
  /** How the memory outside the data directory fares. */
  outside: 'unknown' | 'kept' | 'unwritable';
};

type Config = {
  dataDir: string;
  log: { origin: string | null; directory: string | null; witnesses: readonly Witness[]; atLeast: number };
};

/** Reads or makes the log's key. */
export async function openTlog({ dataDir, log }: Config, hub: Address): Promise<Tlog> {
  // Any 32 random bytes are a secret of Ed25519, so the file is that of every other key here.
  const secret = await loadKey(join(dataDir, 'log-key'));
  const successorsFile = join(dataDir, 'log-successors');
  const successors = parseSuccessors(await readOrNull(successorsFile));
  const key = noteKeyOf(findSuccessor(successors, log.origin ?? `callable/${hub}`), secret, ed25519Note);
  return {
    key,
    vkey: formatVerifierKey(key),
    secret,
    directory: log.directory ?? join(dataDir, 'log'),
    headFile: join(dataDir, 'log-head'),
    witnesses: log.witnesses,
    atLeast: log.atLeast,
    state: 'starting',
    isRefused: false,
    rolledBack: null,
    laterFile: join(dataDir, 'log-later-head'),
    successorsFile,
    isVerified: false,
    told: null,
    judged: new Set(),
    outside: 'unknown',
  };
}
