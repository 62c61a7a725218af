import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  bundlePath,
  ed25519Note,
  encodeBundle,
  encodeEntry,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  hashLeaf,
  hashTree,
  type LoggedStatement,
  noteKeyOf,
  readSubtreesOfLeaves,
  signNote,
  tilePath,
} from '@callable/protocol';

const made = { name: 'made.example/log', secret: new Uint8Array(32).fill(7) };

/** A copy of a log as `callable log copy` makes it, under a signed checkpoint; at most 256 entries. Gives its verifier key. */
export async function writeLog(
  directory: string,
  statements: readonly LoggedStatement[],
  key: { name: string; secret: Uint8Array } = made,
): Promise<string> {
  const entries = statements.map((one) => encodeEntry(one));
  const [size, leaves] = [entries.length, entries.map((entry) => hashLeaf(entry))];
  const text = formatCheckpoint({ origin: key.name, size, root: await hashTree(size, readSubtreesOfLeaves(leaves)) });
  const files = {
    checkpoint: formatNote({ text, signatures: [signNote(text, key)] }),
    [bundlePath({ index: 0, width: size })]: encodeBundle(entries),
    [tilePath({ level: 0, index: 0, width: size })]: Buffer.concat(leaves),
  };
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
  return formatVerifierKey(noteKeyOf(key.name, key.secret, ed25519Note));
}
