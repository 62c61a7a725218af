import { ownMember } from '@callable/protocol';
import { parseWalrusBlobId, type WalrusBlobId } from '../encoding/walrus-blob-id.ts';

export type StoreOutcome =
  /** Walrus keeps the blob until this epoch. */
  | { kind: 'certified'; blobId: WalrusBlobId; endEpoch: number; certifiedEpoch?: number }
  /** Bought, but not yet known to be kept by enough nodes. */
  | { kind: 'uncertified'; blobId: WalrusBlobId; endEpoch: number }
  /** Nothing was done; it can be tried again. */
  | { kind: 'busy'; message: string }
  /** It may have been stored or not: look before trying again. */
  | { kind: 'unknown'; message: string }
  /** Trying the same again is no use. */
  | { kind: 'refused'; message: string };

/** Statuses after which the blob may nevertheless have been stored, beside all others from 500 on. */
const unknownFrom = 500;

/**
 * What a publisher's answer to a PUT means. The body may be anything: errors of the daemon are JSON, those of the
 * server around it and of proxies are text, and a failure can come with status 200.
 */
export function parseStoreAnswer(status: number, body: string): StoreOutcome {
  const answer = parseJson(body);
  const message = `The publisher answered ${status}: ${messageOf(answer) ?? body.slice(0, 300)}`;
  if (status === 429) return { kind: 'busy', message };
  if (status >= unknownFrom || status === 408) return { kind: 'unknown', message };
  if (status === 413)
    return { kind: 'refused', message: `${message}. Raise its --max-body-size or put smaller parts (partBytes).` };
  if (status !== 200) return { kind: 'refused', message };
  const created = field(answer, 'newlyCreated');
  if (created) return parseCreated(created, message);
  const known = field(answer, 'alreadyCertified');
  if (known) return outcomeOf('certified', field(known, 'blobId'), field(known, 'endEpoch'), message);
  if (field(answer, 'markedInvalid')) return { kind: 'refused', message: `${message} (marked invalid)` };
  // An error inside a success, or a page of somebody on the way.
  return { kind: 'unknown', message };
}

function parseCreated(created: unknown, message: string): StoreOutcome {
  const blob = field(created, 'blobObject') ?? field(field(created, 'sharedBlobObject'), 'blob');
  const certifiedEpoch = field(blob, 'certifiedEpoch');
  const isCertified = typeof certifiedEpoch === 'number';
  const endEpoch = field(field(blob, 'storage'), 'endEpoch');
  const outcome = outcomeOf(isCertified ? 'certified' : 'uncertified', field(blob, 'blobId'), endEpoch, message);
  return outcome.kind === 'certified' && isCertified ? { ...outcome, certifiedEpoch } : outcome;
}

function outcomeOf(
  kind: 'certified' | 'uncertified',
  blobIdText: unknown,
  endEpoch: unknown,
  message: string,
): StoreOutcome {
  const blobId = typeof blobIdText === 'string' ? parseWalrusBlobId(blobIdText) : null;
  if (!blobId || typeof endEpoch !== 'number' || !Number.isSafeInteger(endEpoch)) return { kind: 'unknown', message };
  return { kind, blobId, endEpoch };
}

function messageOf(answer: unknown): string | null {
  const error = field(answer, 'error');
  const message = field(error, 'message') ?? field(error, 'errorMsg');
  return typeof message === 'string' ? message.slice(0, 300) : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? ownMember(value, name) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
