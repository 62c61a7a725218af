import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { bodyLength, type FrameBody, partsOf } from '../channel/frame.ts';
import type { Region } from '../channel/messages.ts';
import type { ScratchRoom } from './find-scratch-room.ts';
import { placeRegions } from './place-regions.ts';

/**
 * Bodies between these sizes lie in the scratch file. Smaller ones fit into the channel, a socket of 212 kB, while the runner is
 * at another call. Larger ones would keep the loop of the node waiting: 3 MB take 0.4 ms to write, measured.
 */
const laid = { least: 64 * 1024, most: 8 * 2 ** 20 };
/** Two of the largest: more calls with large bodies a runner is not sent ahead. */
const mostFileBytes = 2 * laid.most;

/** What the bodies of one runner's calls lie in until their turn comes. */
export type Scratch = {
  /** Puts a body there; null when it has to go another way. */
  lay(body: FrameBody): Region | null;
  /** The call is over. */
  free(region: Region): void;
  /** The runner is dead. */
  close(): void;
};

/** Writes to an open file. Only as much of it as was ever used at a time counts in the room. */
export function openScratch(file: number, room: Pick<ScratchRoom, 'take' | 'give'>): Scratch {
  const regions = placeRegions();
  let size = 0;
  let isOpen = true;
  return {
    lay(body) {
      const length = bodyLength(body);
      if (!isOpen || length < laid.least || length > laid.most) return null;
      const region = regions.take(length, mostFileBytes);
      if (!region) return null;
      const end = region.offset + length;
      if (end > size) {
        if (!room.take(end - size)) return leave(region);
        size = end;
      }
      return write(file, partsOf(body), region) ? region : leave(region);
    },
    free: regions.free,
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(file);
      room.give(size);
    },
  };

  function leave(region: Region): null {
    regions.free(region);
    return null;
  }
}

/** Whether all of it is there. A full file system takes a part, or throws. */
function write(file: number, parts: readonly Uint8Array[], { offset, length }: Region): boolean {
  try {
    return writevSync(file, parts as Uint8Array[], offset) === length;
  } catch {
    return false;
  }
}

/** `readable` is for the runner and can only be read. Whoever has handed it on closes it. */
export type ScratchFile = { scratch: Scratch; readable: number };

/**
 * Makes a file without a name. Every runner has one of its own: what is left in it are calls that this runner was given. Null
 * where there is no room for it.
 */
export function makeScratch(room: ScratchRoom | null): ScratchFile | null {
  if (!room) return null;
  const path = join(room.directory, `callable-${randomUUID()}`);
  let file: number | null = null;
  try {
    file = openSync(path, 'wx', 0o400);
    return { readable: openSync(path, 'r'), scratch: openScratch(file, room) };
  } catch {
    if (file !== null) closeSync(file);
    return null;
  } finally {
    rmSync(path, { force: true });
  }
}
