import {
  cosignedAt,
  endWithin,
  formatAddCheckpoint,
  logSizeType,
  type NoteSignature,
  parseNote,
  proveConsistency,
  readSubtreesFrom,
  toldHeadHeader,
} from '@callable/protocol';
import type { Witness } from '../config/read-log-config.ts';
import type { HubContext } from '../context.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { judgeToldHead } from './judge-told-head.ts';
import type { LogHead } from './log-head.ts';

/** The size each witness, by its URL, has cosigned last. */
export type WitnessMemory = Map<string, number>;

/** A witness that does not answer holds nobody up for longer. */
const patienceMs = 5_000;
const largestAnswer = 16_384;

type Asking = Pick<HubContext, 'db' | 'tlog' | 'fetch' | 'log' | 'config' | 'clock'>;

/** Asks all witnesses at once to cosign a head (C2SP tlog-witness); their cosignatures are checked. */
export async function askWitnesses(
  ctx: Asking,
  memory: WitnessMemory,
  head: LogHead,
  signal: AbortSignal,
): Promise<{ cosignatures: NoteSignature[]; refusals: string[] }> {
  const answers = await Promise.all(
    ctx.tlog.witnesses.map((witness) =>
      askWitness(ctx, memory, head, witness, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        return `${witness.key.name}: ${causeOf(error)}`;
      }),
    ),
  );
  const refusals = answers.filter((answer) => typeof answer === 'string');
  if (refusals.length > 0) ctx.log.warn({ refusals, size: head.size }, 'witnesses did not cosign the checkpoint');
  return { cosignatures: answers.filter((answer) => typeof answer !== 'string'), refusals };
}

async function askWitness(
  ctx: Asking,
  memory: WitnessMemory,
  head: LogHead,
  witness: Witness,
  signal: AbortSignal,
): Promise<NoteSignature> {
  let answer = await submit(ctx, head, witness, memory.get(witness.url) ?? 0, signal);
  if (answer.size !== null) {
    // A larger size than ours: what it saw of this log is gone from our database.
    if (answer.size > head.size)
      throw new Error(`it has cosigned ${answer.size} entries of this log, more than there are`);
    answer = await submit(ctx, head, witness, answer.size, signal);
  }
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
  const note = parseNote(head.note + answer.body);
  const own = note && cosignedAt(note, witness.key) !== null;
  const signature = note?.signatures.find(
    ({ name, signature }) => name === witness.key.name && signature.length === 72,
  );
  if (!own || !signature) throw new Error('its answer is no cosignature by its key');
  memory.set(witness.url, head.size);
  return signature;
}

/** One request. `size` is what the witness says it holds when it holds something else than we thought. */
async function submit(
  ctx: Asking,
  head: LogHead,
  witness: Witness,
  old: number,
  signal: AbortSignal,
): Promise<{ status: number; body: string; size: number | null }> {
  const read = readSubtreesFrom(readLogFilesIn(ctx.tlog.directory), head.size, hashBytes);
  const proof = await proveConsistency(Math.min(old, head.size), head.size, read, hashBytes);
  const response = await ctx.fetch(`${witness.url}/add-checkpoint`, {
    method: 'POST',
    body: formatAddCheckpoint({ old: Math.min(old, head.size), proof, note: head.note }),
    signal: endWithin(patienceMs, signal),
    redirect: 'error',
  });
  const told = response.headers.get(toldHeadHeader);
  if (told !== null) await judgeToldHead(ctx, told);
  const body = await readShort(response);
  const isSize = response.status === 409 && response.headers.get('content-type')?.startsWith(logSizeType) === true;
  const size = /^(0|[1-9][0-9]{0,15})\n$/.exec(body);
  return { status: response.status, body, size: isSize && size ? Number(size[1]) : null };
}

async function readShort(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > largestAnswer) throw new Error('its answer is too long');
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** fetch hides the reason (ECONNREFUSED) one level down. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : String(cause);
}
