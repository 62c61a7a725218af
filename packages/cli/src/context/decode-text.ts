import { utf8OfJson } from '@callable/protocol';

/** The text of a file or stream of the user's. A byte order mark says its encoding: Windows writes them, by `>` in PowerShell too. */
export const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(utf8OfJson(bytes));
