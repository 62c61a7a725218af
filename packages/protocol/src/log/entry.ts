import { canonicalBytes } from '../json/canonical-json.ts';
import { jsonProblem } from '../json/json-problem.ts';
import { Check } from '../schema/check.ts';
import { type Static, Type } from '../schema/type.ts';
import { Statement } from '../statements/statement.ts';

/** What the log holds of one statement. Its number is the index of the entry, so it does not stand in it. */
export const LogEntry = Type.Object(
  {
    /** When the hub took it in, milliseconds. */
    loggedAt: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
    statement: Statement,
  },
  { additionalProperties: false },
);
export type LogEntry = Static<typeof LogEntry>;

/** The data of a leaf: canonical JSON of the entry. */
export function encodeEntry({ loggedAt, statement }: LogEntry): Uint8Array {
  return canonicalBytes({ loggedAt, statement });
}

/** The entry of a leaf's data; null for anything but the one spelling of an entry. No signature is checked. */
export function decodeEntry(bytes: Uint8Array): LogEntry | null {
  const value = parseJson(bytes);
  if (!Check(LogEntry, value) || jsonProblem(value) !== null) return null;
  // Two spellings of one statement would be two leaves that say the same.
  return equalBytes(canonicalBytes(value), bytes) ? value : null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

const equalBytes = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);
