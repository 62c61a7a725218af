import { expect } from 'vitest';
import { openTalk, turn } from './say-and-listen.ts';
import type { watchLibrary } from './watch-library.ts';

/** What both readers made of one connection. */
export type Compared = {
  heard: string;
  /** Requests that our own reader found, and those that it left to node:http. */
  own: number;
  left: number;
};

const patienceMs = 20_000;
const refused = /HTTP\/1.1 400 Bad Request\r\nContent-Length: 65\r\nContent-Type: application\/json\r\n\r\n\{[^}]*\}$/;

/** Says the same pieces to both, `before` first and until it is answered; fails unless all that was heard is the same. */
export function compareReaders(ports: { own: number; library: number }, library: ReturnType<typeof watchLibrary>) {
  return async (pieces: readonly Buffer[], before = Buffer.alloc(0)): Promise<Compared> => {
    const talks = await Promise.all([openTalk(ports.own), openTalk(ports.library)]);
    const [own, meant] = talks;
    using watched = library.watch(own.socket);
    using watchedMeant = library.watch(meant.socket);
    // Answers that wait behind one that ends the connection are never over.
    const isAnswered = () => (own.isClosed() || watched.isIdle) && (meant.isClosed() || watchedMeant.isIdle);
    const isSettled = () => isAnswered() && isSame(own, meant);
    try {
      if (before.length > 0) {
        await Promise.all(talks.map((talk) => talk.say(before)));
        await until(() => isSettled() && own.heard() !== '');
      }
      for (const piece of pieces) await Promise.all(talks.map((talk) => talk.say(piece)));
      const wasSame = await until(isSettled);
      for (const { socket } of talks) socket.end();
      const isClosed = await until(() => talks.every((talk) => talk.isClosed()));
      if (!wasSame || !isClosed || !isSame(own, meant)) {
        const said = [before, ...pieces].map((piece) => piece.toString('latin1'));
        expect.fail(JSON.stringify({ said, own: own.heard(), library: meant.heard(), wasSame, isClosed }, null, 1));
      }
      return { heard: own.heard(), own: watchedMeant.read - watched.read, left: watched.read };
    } finally {
      for (const { socket } of talks) socket.destroy();
    }
  };
}

type Heard = { heard(): string; isClosed(): boolean };

/**
 * node:http reads ahead: when it meets what is no HTTP, the answers that it owes are lost with the connection. Which these are
 * depends on how the bytes were read, also for node:http beside itself. Nothing else may differ.
 */
function isSame(own: Heard, library: Heard): boolean {
  if (own.isClosed() !== library.isClosed()) return false;
  const [said, meant] = [own.heard(), library.heard()];
  if (said === meant || !own.isClosed()) return said === meant;
  const [given, due] = [said.replace(refused, ''), meant.replace(refused, '')];
  return (given !== said || due !== meant) && (given.startsWith(due) || due.startsWith(given));
}

/** Turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<boolean> {
  const endsAt = performance.now() + patienceMs;
  for (let times = 0; times < 3; times++) await turn();
  while (!holds() && performance.now() < endsAt) await turn();
  return holds();
}
