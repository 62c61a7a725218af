import { createHash } from 'node:crypto';
import {
  type Address,
  type Checkpoint,
  collectLookups,
  emptyLookups,
  type LogEntry,
  type Lookups,
  type NetworkState,
  type NoteKey,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  readNetwork,
  toHex,
} from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import { type Continuation, continuationOf, judgeContinuation } from './judge-continuation.ts';
import type { LogSource } from './open-log-source.ts';
import { type RememberedCheckpoint, recallCheckpoint, rememberCheckpoint } from './remembered-checkpoint.ts';

export type LogReading = Pick<Lookups, 'names' | 'handles' | 'batches'> & {
  findings: Finding[];
  checkpoint: Checkpoint;
  state: NetworkState;
  /** When its last entry was logged, milliseconds since 1970. */
  newestAt: number;
};

export type ReadLogOptions = {
  /** Verifier key of the log, from somewhere else than the log. */
  vkey: string | undefined;
  /** Verifier keys of witnesses the reader trusts. */
  witnesses: readonly string[];
  /** Who shall count as a seed, in place of those the policy names. */
  seeds?: readonly Address[] | null;
  /** Sees every entry. */
  onEntry?: (entry: LogEntry) => void;
};

/**
 * Reads a whole log and judges it: its checkpoint's signature and witnesses, that it continues what was seen before, and
 * every entry. What it concludes of releases and nodes is computed here, from the entries alone.
 */
export async function readLog(
  context: Pick<CliContext, 'env' | 'cwd'>,
  source: LogSource,
  options: ReadLogOptions,
): Promise<LogReading> {
  const text = new TextDecoder().decode(await needCheckpoint(source));
  const note = parseNote(text);
  const checkpoint = note && parseCheckpoint(note.text);
  if (!note || !checkpoint)
    throw new CliError('LogInvalid', `The checkpoint of ${source.name} is no signed note.`, 'Copy the log again.');
  const remembered = await recallCheckpoint(context, checkpoint.origin);
  const lookups = emptyLookups();
  let hub: Address | null = null;
  let newestAt = 0;
  let continued: Continuation | null = null;
  const reading = await readNetwork(source.read, {
    checkpoint,
    sizes: remembered ? [remembered.size] : [],
    hash: (bytes) => createHash('sha256').update(bytes).digest(),
    ...(options.seeds ? { seeds: options.seeds } : {}),
    onEntry: (entry, index) => {
      // As the fold has it: the signer of the first entry.
      hub ??= entry.statement.signer;
      newestAt = entry.loggedAt;
      collectLookups(lookups, entry, index, hub);
      const continuation = continuationOf(entry, hub);
      if (continuation?.origin === checkpoint.origin) continued = continuation;
      options.onEntry?.(entry);
    },
  });
  const key = chooseKey(options.vkey, remembered, lookups.vkeys.get(reading.state.hub ?? ''));
  const findings = [
    ...judgeSignature(text, key, options.witnesses),
    judgeEntries(reading.faults, checkpoint),
    ...judgeRules(reading.state),
    ...(options.seeds ? [tellSeeds(reading.state, options.seeds)] : []),
    judgeContinuity(remembered, checkpoint, reading.roots),
    ...(continued ? [await judgeContinuation(context, source, checkpoint.size, continued)] : []),
  ];
  if (key.key && findings.every(({ outcome }) => outcome !== 'failed'))
    await rememberLarger(context, remembered, { ...checkpoint, vkey: key.vkey, text });
  return { findings, checkpoint, state: reading.state, newestAt, ...lookups };
}

async function needCheckpoint(source: LogSource): Promise<Uint8Array> {
  const bytes = await source.read('checkpoint');
  if (bytes) return bytes;
  throw source.client
    ? new CliError('LogMissing', `${source.name} has no checkpoint yet.`, 'Try again in some seconds.')
    : new CliError(
        'LogMissing',
        `${source.name} holds no checkpoint, so it is no copy of a log, or an unfinished one.`,
        'Make it again: callable log copy DIRECTORY',
      );
}

type ChosenKey = { key: NoteKey | null; vkey: string; from: string };

/** A key from elsewhere is worth most; one from the log itself only tells that it was signed by somebody. */
function chooseKey(
  given: string | undefined,
  remembered: RememberedCheckpoint | null,
  own: string | undefined,
): ChosenKey {
  const [vkey, from] =
    given !== undefined
      ? [given, 'the key you gave']
      : remembered
        ? [remembered.vkey, 'the key remembered from before']
        : [own ?? '', 'the key the log itself names: compare it with one from elsewhere, or give it with --vkey'];
  return { key: parseVerifierKey(vkey), vkey, from };
}

function judgeSignature(text: string, { key, from }: ChosenKey, witnesses: readonly string[]): Finding[] {
  const what = 'checkpoint signature';
  if (!key) return [failed(what, 'There is no Ed25519 key of this log to check it with.')];
  const trusted = witnesses.map((vkey) => parseVerifierKey(vkey)).filter((one) => one !== null);
  const opened = openCheckpoint(text, key, { witnesses: trusted, atLeast: 0 });
  if (!opened.ok) return [failed(what, `It does not hold with ${from} (${opened.why}).`)];
  return [checked(what, `It holds with ${from}.`), judgeWitnesses(opened.cosigned.length, trusted.length, text)];
}

function judgeWitnesses(cosigned: number, trusted: number, text: string): Finding {
  const what = 'witnesses';
  const lines = (parseNote(text)?.signatures.length ?? 1) - 1;
  if (trusted === 0)
    return unchecked(what, `${lines} other signatures on it; name witnesses you trust with --witness VKEY.`);
  return cosigned === trusted
    ? checked(what, `All ${trusted} you named have cosigned it.`)
    : failed(what, `${cosigned} of the ${trusted} you named have cosigned it.`);
}

function judgeEntries(faults: readonly { index: number | null; message: string }[], { size }: Checkpoint): Finding {
  const what = 'entries';
  const [first] = faults;
  if (!first) return checked(what, `All ${size} have valid signatures and give the root of the checkpoint.`);
  const where = first.index === null ? '' : `Entry ${first.index}: `;
  return failed(what, `${where}${first.message}${faults.length > 1 ? ` (and ${faults.length - 1} more faults)` : ''}`);
}

/** What follows from a log is not said from the entry on whose rules are unknown: older rules would say something else. */
function judgeRules({ stop }: NetworkState): Finding[] {
  if (!stop) return [];
  const detail = `From entry ${stop.index} on the log goes by rules of version ${stop.rules}, which this callable does not know: it cannot compute what follows. Use a newer version of callable.`;
  return [failed('rules', detail)];
}

/** What follows is then what this reader believes, and may be another thing than what the hub says. */
function tellSeeds({ policy }: NetworkState, seeds: readonly Address[]): Finding {
  const what = 'seeds';
  const whose = seeds.length === 0 ? 'all nodes alike' : seeds.join(', ');
  return policy.rules === 2
    ? checked(what, `What follows rests on the word of ${whose}, not of those the policy names.`)
    : unchecked(
        what,
        'The rules of this log are of version 1: under them panels decide by count, and nobody is a seed.',
      );
}

/** The same log as last time, grown at its end, or another one that calls itself so. */
function judgeContinuity(
  remembered: RememberedCheckpoint | null,
  checkpoint: Checkpoint,
  roots: ReadonlyMap<number, string>,
): Finding {
  const what = 'consistency';
  if (!remembered)
    return unchecked(what, 'This log is seen for the first time; its checkpoint is remembered from now on.');
  if (remembered.size > checkpoint.size)
    return unchecked(
      what,
      `A larger checkpoint (${remembered.size} entries) is remembered than this one (${checkpoint.size}).`,
    );
  return roots.get(remembered.size) === remembered.root
    ? checked(what, `It continues the checkpoint of ${remembered.size} entries remembered from before.`)
    : failed(
        what,
        `Its first ${remembered.size} entries are not those remembered from before: this log shows two histories.`,
      );
}

async function rememberLarger(
  context: Pick<CliContext, 'env' | 'cwd'>,
  before: RememberedCheckpoint | null,
  { origin, size, root, vkey, text }: Checkpoint & { vkey: string; text: string },
): Promise<void> {
  if (before && before.size >= size) return;
  await rememberCheckpoint(context, { origin, vkey, size, root: toHex(root), checkpoint: text });
}
