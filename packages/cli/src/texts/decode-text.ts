import { utf8OfJson } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';

/**
 * The text of a file or stream of the user's. A byte order mark says its encoding: Windows writes them, by `>` in PowerShell too.
 * Whatever else is not UTF-8 is refused as `what`: read loosely, "É" of a Latin-1 file became U+FFFD in a verified answer.
 */
export function decodeText(bytes: Uint8Array, what: string): string {
  const text = utf8OrNull(utf8OfJson(bytes));
  // A zero byte is in no JSON, but in every second place of UTF-16 without a mark.
  if (text === null || text.includes('\0'))
    throw new CliError(
      'FileUnreadable',
      `${what} is not UTF-8 text${isGzip(bytes) ? ': it is compressed by gzip' : ''}.`,
      isGzip(bytes) ? 'Unpack it first: gunzip.' : 'Save it as UTF-8 (Python: open(path, "w", encoding="utf-8")).',
    );
  return text;
}

function utf8OrNull(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;
