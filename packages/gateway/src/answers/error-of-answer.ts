import {
  CallableError,
  type CallEncoding,
  findReason,
  type LinkRefusal,
  ownMember,
  type ReasonCode,
  type ReleaseView,
} from '@callable/protocol';
import { exampleOf } from '../releases/example-of.ts';

/** What a node may say of a call. Any other word (that the caller's signature is bad, say) is not its to judge. */
const nodeReasons: ReadonlySet<string> = new Set<ReasonCode>([
  'InvalidInput',
  'InvalidJson',
  'BodyTooLarge',
  'CallTimedOut',
  'CallFailed',
  'CallCrashed',
  'NodeBusy',
  'NodeUnavailable',
  'NoNodeHoldsModel',
  'CachedNotLoaded',
  'Quarantined',
  'LoadFailed',
  'OutOfMemory',
  'TimedOut',
  'RunFailed',
  'RunnerDied',
  'UnsafeModel',
  'UnsupportedFormat',
  'UnsupportedOperator',
  'UnsupportedOpset',
  'KernelMissing',
  'UnsupportedValueType',
  'SchemaMismatch',
  'HashMismatch',
  'FileMissing',
]);

const exampleReasons: ReadonlySet<ReasonCode> = new Set(['InvalidInput', 'InvalidJson']);

/** A node's refusal as the caller sees it, with an example of what would have been right. */
export function errorOfAnswer(head: LinkRefusal, release: ReleaseView, encoding: CallEncoding): CallableError {
  const code = nodeReasons.has(head.code) ? (head.code as ReasonCode) : 'NodeUnavailable';
  const message = code === head.code ? plainText(head.message, 2_000) : '';
  const example = exampleReasons.has(code) ? exampleOf(release.manifest, encoding) : null;
  return new CallableError(code, message === '' ? undefined : message, {
    details: {
      release: release.reference,
      ...(head.errors ? { errors: head.errors.map(plainEntry) } : {}),
      ...(example === null ? {} : { example }),
      ...(findReason(code)?.status === 503 ? { retryAfterSeconds: 1 } : {}),
    },
  });
}

const entryFields = ['code', 'input', 'pointer', 'got', 'expected', 'allowed', 'message', 'hint'];

/** Only flat, short fields pass: an entry nested sixty thousand deep would overflow the stack of whoever prints it. */
function plainEntry(entry: Record<string, unknown>): Record<string, unknown> {
  const fields = entryFields.map((name) => [name, plainValue(ownMember(entry, name))] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value, 500);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return undefined;
  return value
    .slice(0, 64)
    .filter((item: unknown) => typeof item === 'string' || typeof item === 'number')
    .map((item) => (typeof item === 'string' ? plainText(item, 256) : item));
}

/** Control characters of a stranger have no business in a caller's terminal. */
const plainText = (text: string, length: number) =>
  text
    .slice(0, length)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
