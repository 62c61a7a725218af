import type { BodySource } from './body-source.ts';
import { freeDropped } from './free-dropped.ts';
import { dropRest } from './until-idle.ts';

/** Smaller pieces are copied together: a body sent byte by byte would cost a hundred times its size in buffers. */
const smallPiece = 4096;
const tailBytes = 64 * 1024;
/**
 * A body above this goes into one buffer as it arrives: joining its pieces at the end takes its size once more, and pieces
 * that live so long are freed by large collections (7 ms for a body of 3 MB, 2 this way: measured).
 */
const largeBody = 256 * 1024;
/** The C library gives a buffer above 32 MiB pages of its own, which it takes only as they are filled, and gives back. */
const ownPages = 33 * 2 ** 20;
/** Whoever says that more comes gets those pages. Below, what is set aside ahead of its bytes is bounded by this. */
const mostAhead = 4 * 2 ** 20;

export type BodyBounds = {
  /** Hears how many more bytes arrived and are about to be kept; a refusal ends the body. */
  reserve(arrived: number, kept: number): Error | null;
  /** A sender that is silent for so long has gone. */
  idleMs: number;
  /** No body takes longer than this, however it trickles. */
  longestMs: number;
  silence: () => Error;
  /** The sender hung up. */
  left: () => Error;
  /** The size it says it has, if it does. */
  declaredBytes?: number;
  /** How much of a refused body is read and dropped, so that a client that still sends hears the refusal. */
  dropBytes: number;
};

/** A whole body in memory. Rejects with what the bounds say, and has then let go of everything. */
export function readBody(body: BodySource, bounds: BodyBounds): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const silent = setTimeout(() => refuse(bounds.silence()), bounds.idleMs);
    let pieces: Buffer[] = [];
    let tail: Buffer | null = null;
    let used = 0;
    let size = 0;
    let whole: Buffer | null = null;

    function onData(piece: Buffer): void {
      silent.refresh();
      const isJoined = whole === null && piece.length < smallPiece && pieces.length > 0;
      const needsTail = isJoined && (!tail || used + piece.length > tailBytes);
      const isLate = performance.now() - startedAt > bounds.longestMs;
      const kept = needsTail ? tailBytes : isJoined ? 0 : piece.length;
      const refusal = isLate ? bounds.silence() : bounds.reserve(piece.length, kept);
      if (refusal) {
        refuse(refusal);
        return;
      }
      size += piece.length;
      if (whole || size > largeBody) {
        keepWhole(piece);
        return;
      }
      if (needsTail || !isJoined) closeTail();
      if (!isJoined) {
        pieces.push(piece);
        return;
      }
      tail ??= Buffer.allocUnsafeSlow(tailBytes);
      used += piece.copy(tail, used);
    }

    function keepWhole(piece: Buffer): void {
      closeTail();
      const before = size - piece.length;
      if (!whole || size > whole.length) {
        const larger = Buffer.allocUnsafeSlow(roomFor(size, bounds.declaredBytes ?? 0));
        joinInto(larger, whole ? [whole.subarray(0, before)] : pieces);
        whole = larger;
        pieces = [];
      }
      piece.copy(whole, before);
      freeDropped(piece.length);
    }

    function closeTail(): void {
      if (tail) pieces.push(tail.subarray(0, used));
      tail = null;
      used = 0;
    }

    function onEnd(): void {
      stop();
      closeTail();
      if (whole) {
        resolve(whole.subarray(0, size));
        return;
      }
      const [only] = pieces;
      resolve(only && pieces.length === 1 ? only : Buffer.concat(pieces));
    }

    function onClose(): void {
      stop();
      letGo();
      reject(bounds.left());
    }

    function refuse(error: Error): void {
      stop();
      letGo();
      dropRest(body, bounds.dropBytes, bounds.idleMs);
      reject(error);
    }

    function letGo(): void {
      freeDropped(size);
      pieces = [];
      tail = null;
      whole = null;
    }

    function stop(): void {
      clearTimeout(silent);
      body.off('data', onData);
      body.off('end', onEnd);
      body.off('close', onClose);
      body.off('error', onClose);
    }

    body.on('data', onData);
    body.on('end', onEnd);
    body.on('close', onClose);
    body.on('error', onClose);
  });
}

/** For a body of which so much is here: as much as is said to come, or twice this. */
function roomFor(size: number, declared: number): number {
  if (declared >= size && declared <= mostAhead) return declared;
  const doubled = Math.max(2 * size, declared);
  return doubled <= mostAhead ? doubled : Math.max(ownPages, doubled);
}

function joinInto(target: Buffer, pieces: readonly Buffer[]): void {
  let at = 0;
  for (const piece of pieces) at += piece.copy(target, at);
}
