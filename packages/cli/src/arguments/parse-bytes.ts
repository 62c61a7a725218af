import { ownMember } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';

const units: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of an option such as `512M` or `8G`; units are powers of 1024, as memory is counted. */
export function parseBytes(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const unit = ownMember(units, (match?.[2] ?? '').toUpperCase());
  const bytes = match && unit !== undefined ? Math.floor(Number(match[1]) * unit) : 0;
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw usageError(`--${option} ${text} is not an amount of bytes.`, `Write it like --${option} 512M or 8G`);
}
