import {
  type Checkpoint,
  cosign,
  emptyRoot,
  formatSignature,
  formatToldHead,
  isConsistent,
  isSignedBy,
  logSizeType,
  type NoteKey,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  toBase64,
} from '@callable/protocol';
import { readRecord, type WitnessRecord, writeRecord } from './witness-record.ts';

/** `told` is the head it holds, as the log signed it: a hub put back from a copy learns from it that it is one. */
export type WitnessAnswer = { status: number; type: string; body: string; told?: string };
export type Witness = {
  /** The last checkpoint it cosigned. */
  readonly record: () => Checkpoint | null;
  /** Answers the body of `POST /add-checkpoint`; one request after the other. */
  readonly addCheckpoint: (body: string) => Promise<WitnessAnswer>;
};

/**
 * A witness of one log (C2SP tlog-witness): it cosigns only what continues the last checkpoint it cosigned, and that
 * is on disk before it answers.
 */
export async function openWitness(options: {
  /** Whose checkpoints it cosigns. */
  log: NoteKey;
  /** Under which name and with which secret. */
  key: { name: string; secret: Uint8Array };
  recordFile: string;
  clock: () => number;
}): Promise<Witness> {
  const { log, key, recordFile, clock } = options;
  let record = await readRecord(recordFile, log);
  let turn: Promise<unknown> = Promise.resolve();

  async function answer(body: string): Promise<WitnessAnswer> {
    const request = parseAddCheckpoint(body);
    const note = request && parseNote(request.note);
    const next = note && parseCheckpoint(note.text);
    if (!request || !note || !next) return say(400, 'This is no add-checkpoint request.');
    if (next.origin !== log.name) return say(404, 'This witness does not know that log.');
    if (!isSignedBy(note, log)) return say(403, "The checkpoint is not signed by the log's key.");
    if (request.old > next.size) return say(400, 'The old size is larger than the new one.');
    const last = record ?? { size: 0, root: emptyRoot() };
    if (request.old !== last.size) return { status: 409, type: logSizeType, body: `${last.size}\n`, ...tell(record) };
    if (next.size === last.size && toBase64(next.root) !== toBase64(last.root))
      return say(409, 'A checkpoint of this size with another root is cosigned already.');
    if (!isConsistent(last, next, request.proof)) return say(422, 'The consistency proof does not verify.');
    if (!record || next.size > record.size) {
      await writeRecord(recordFile, request.note);
      record = { ...next, note: request.note };
    }
    const signature = cosign(note.text, key, Math.floor(clock() / 1000));
    return { status: 200, type: 'text/plain; charset=utf-8', body: formatSignature(signature) };
  }

  function tell(held: WitnessRecord | null): Pick<WitnessAnswer, 'told'> {
    const told = held && formatToldHead(held.note, held, log);
    return told ? { told } : {};
  }

  return {
    record: () => record,
    addCheckpoint(body) {
      // Checking the old size and storing the new one are one step: two at once could roll the record back.
      const done = turn.then(() => answer(body));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

const say = (status: number, sentence: string): WitnessAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${sentence}\n`,
});
