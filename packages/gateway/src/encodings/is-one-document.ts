import { isUtf8 } from 'node:buffer';
import { isOneJsonValue } from './is-one-json-value.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Whether a piece is one JSON value, and at most a line feed after it. As UTF-8 without carriage returns it passes an event stream
 * byte for byte: that form ends lines at both, and gives back only line feeds.
 */
export function isOneDocument(piece: Uint8Array, opening: '{' | '['): boolean {
  const end = piece.at(-1) === lineFeed ? -1 : piece.length;
  return !piece.includes(carriageReturn) && isUtf8(piece) && isOneJsonValue(piece.subarray(0, end), opening);
}
