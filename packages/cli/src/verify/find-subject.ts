import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Digest,
  parseAddress,
  parseDigest,
  parseReceipt,
  parseReleaseRef,
  type SignedReceipt,
} from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { decodeText } from '../context/decode-text.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import type { LogReading } from './read-log.ts';

/** What shall be verified. */
export type Subject =
  | { kind: 'release'; name: string }
  | { kind: 'node'; address: string }
  | { kind: 'receipt'; receipt: SignedReceipt };

/** A node by its address, a receipt by the file it is in, everything else as a release. */
export async function parseSubject(context: Pick<CliContext, 'cwd'>, text: string): Promise<Subject> {
  const address = parseAddress(text);
  if (address) return { kind: 'node', address };
  // `receipts/one.json` may be either: a file that is there is meant.
  const isFile = text.endsWith('.json') && existsSync(resolve(context.cwd, text));
  if (!isFile && (parseDigest(text) || parseReleaseRef(text))) return { kind: 'release', name: text };
  if (!text.endsWith('.json'))
    throw usageError(
      `${text} names no release, node or receipt.`,
      'Give publisher/name@version, sha256:…, the address of a node, or a JSON file with a receipt.',
    );
  return { kind: 'receipt', receipt: await readReceipt(resolve(context.cwd, text), text) };
}

/** The receipt alone, or the whole answer of `callable call --json` with the receipt in it. */
async function readReceipt(path: string, name: string): Promise<SignedReceipt> {
  const remedy = 'Keep what callable call --json prints, or its receipt, and give that file.';
  let value: unknown;
  try {
    value = JSON.parse(decodeText(await readFile(path)));
  } catch (cause) {
    throw new CliError('FileUnreadable', `${name} cannot be read as JSON.`, remedy, { cause });
  }
  const inner = typeof value === 'object' && value !== null && 'receipt' in value ? value.receipt : value;
  const receipt = parseReceipt(inner);
  if (receipt) return receipt;
  throw new CliError('ReceiptInvalid', `${name} holds no receipt.`, remedy);
}

/** The digest of a release as the log names it; without a version the one the log took in last. */
export function findRelease(log: Pick<LogReading, 'names' | 'handles' | 'state'>, name: string): Digest {
  const digest = parseDigest(name);
  if (digest && log.state.releases.has(digest)) return digest;
  const ref = parseReleaseRef(name);
  if (ref) {
    const publisher = parseAddress(ref.publisher) ?? log.handles.get(ref.publisher)?.owner ?? ref.publisher;
    const prefix = `${publisher}/${ref.name}@`;
    const found = ref.version
      ? log.names.get(`${prefix}${ref.version}`)
      : [...log.names].filter(([reference]) => reference.startsWith(prefix)).at(-1)?.[1];
    if (found) return found;
  }
  throw new CliError(
    'ReleaseNotFound',
    `This log has no release ${name}.`,
    'Check the name, or verify against a newer copy of the log.',
  );
}
