import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isDiskError } from '@callable/disk';

/** Where bytes stand on the disk. */
export type Place = { path: string; offset: number; length: number };

/** The bytes at a place; null when the file is not there, or ends before. Reading blocks: for threads that nobody waits for. */
export const readPlace = ({ path, offset, length }: Place): Buffer | null =>
  withFile(path, (file) => readPiece(file, offset, length));

/** A whole file; null when it is not there. */
export const readWhole = (path: string): Buffer | null =>
  withFile(path, (file) => readPiece(file, 0, fstatSync(file).size));

function withFile<Result>(path: string, read: (file: number) => Result): Result | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}

function readPiece(file: number, offset: number, length: number): Buffer | null {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, offset + at);
    if (read === 0) return null;
    at += read;
  }
  return bytes;
}
