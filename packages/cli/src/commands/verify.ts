import { join } from 'node:path';
import { type Address, CallableError, type Condition, type Digest, type SignedReceipt } from '@callable/protocol';
import { getRelease } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { readInput } from '../calls/read-input.ts';
import type { CliContext } from '../context/cli-context.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { locateHub } from '../keys/connect-hub.ts';
import { openTempDir } from '../models/open-temp-dir.ts';
import { formatJson } from '../terminal/format-json.ts';
import { bringFiles } from '../verify/bring-files.ts';
import { judgeCalls } from '../verify/calls/judge-calls.ts';
import { collectWords, type Words } from '../verify/collect-words.ts';
import { findRelease, parseSubject, type Subject } from '../verify/find-subject.ts';
import { type Finding, unchecked } from '../verify/finding.ts';
import { formatFindings, type Verdict } from '../verify/format-findings.ts';
import { judgeNode } from '../verify/judge-node.ts';
import { judgeReceipt } from '../verify/judge-receipt.ts';
import { judgeRelease } from '../verify/judge-release.ts';
import { type LogSource, openLogSource } from '../verify/open-log-source.ts';
import { parseSeeds } from '../verify/parse-seeds.ts';
import type { Tensors } from '../verify/read-answer.ts';
import { type LogReading, readLog } from '../verify/read-log.ts';
import { recomputeWords } from '../verify/recompute-words.ts';
import { runOwn } from '../verify/run-own.ts';

export const verifyCommand: Command = {
  name: 'verify',
  positionals: ['RELEASE|RECEIPT.json|NODE|calls'],
  summary: 'Checks what a network says against its signed log, believing nobody.',
  details:
    'Reads the whole log, from a hub or from a copy on disk with the hub off: every signature, the root over all entries, the checkpoint, that it continues the one seen before, and computes the conditions again. Says what was checked and what was not. With the word calls it checks every call of the log by its files: signatures of nodes and callers, paths, and per session forks, broken chains and missing numbers. Of a saved answer it compares outputs, inputs and salt with what the node signed. Ends with 0 when nothing that was checked failed, with 1 when something did, and with 4 when nothing failed but nothing is proved: the file holds no answer to compare, or not what compares it, or all that matters is newer than a copy of the log. The first line then says so.',
  options: {
    log: { value: 'DIRECTORY', help: 'a copy of the log, made by callable log copy; no hub is asked' },
    vkey: { value: 'VKEY', help: 'the verifier key of the log, from somewhere you trust' },
    witness: { value: 'VKEY,…', help: 'verifier keys of witnesses that must have cosigned the checkpoint' },
    seeds: { value: '0x…,…', help: 'operators to believe in place of the seeds the policy names; none: all alike' },
    'own-run': { help: 'fetch the files, hash every byte and run the vectors on this machine' },
    recompute: { help: 'the same on the wasm runtime, twice, and compare what every node and seed said last' },
    input: { value: 'FILE|JSON|-', help: 'with an answer: the inputs it was for, where its file holds none' },
    files: { value: 'DIRECTORY', help: 'take the files from the data directory of a node, with the hub off' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable verify acme/iris --own-run',
    'callable verify acme/iris@1.0.0 --log ./log-copy',
    'callable verify acme/iris@1.0.0 --log ./log-copy --recompute --files ~/.callable/network/node',
    'callable verify acme/iris --seeds 0x2b5ad5c4795c026514f8317c7a215e218dccd6cf',
    'callable call acme/iris --input in.json --json > answer.json && callable verify answer.json',
    'callable verify 0x2b5ad5c4795c026514f8317c7a215e218dccd6cf',
    'callable verify calls --log ./log-copy',
  ],
  async run(context, given) {
    const subject = await parseSubject(context, given.positionals[0] ?? '');
    const source = await openLogSource(context, { log: given.text('log'), hub: locateHub(context, given) });
    const witnesses = (given.text('witness') ?? '').split(',').filter((part) => part !== '');
    const seeds = parseSeeds(given.text('seeds'));
    const words = collectWords(subject.kind === 'release' ? subject.name : '');
    const log = await readLog(context, source, { vkey: given.text('vkey'), witnesses, seeds, onEntry: words.take });
    const isWhole = log.findings.every(({ outcome }) => outcome !== 'failed');
    const {
      name,
      findings: more,
      conditions,
    } = isWhole
      ? await judge(context, subject, {
          ...{ log, source, seeds, words, files: given.text('files'), input: given.text('input') },
          ...{ ownRun: given.flag('own-run'), recompute: given.flag('recompute') },
        })
      : nothingFollows(given.positionals[0] ?? '');
    const findings = [...log.findings, ...more];
    const verdict = verdictOf(findings);
    const ok = verdict === 'holds';
    const { origin, size } = log.checkpoint;
    if (given.flag('json')) context.out.write(`${formatJson({ ok, verdict, origin, size, findings, conditions })}\n`);
    else
      context.out.write(
        `${formatFindings({ name, origin, size, findings, conditions, verdict }, context).join('\n')}\n`,
      );
    return { holds: exitCodes.done, failed: exitCodes.failed, 'not proved': exitCodes.notProved }[verdict];
  },
};

function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return findings.some(({ decisive }) => decisive) ? 'not proved' : 'holds';
}

type Judgement = { name: string; findings: Finding[]; conditions: Condition[] };

type Request = {
  log: LogReading;
  source: LogSource;
  seeds: Address[] | null;
  words: Words;
  /** The data directory of a node, in place of the hub. */
  files: string | undefined;
  input: string | undefined;
  ownRun: boolean;
  recompute: boolean;
};

async function judge(context: CliContext, subject: Subject, request: Request): Promise<Judgement> {
  const { log, source, seeds } = request;
  if (subject.kind === 'node')
    return { name: subject.address, findings: judgeNode(context, log, subject.address), conditions: [] };
  if (subject.kind === 'calls')
    return { name: 'calls', findings: await judgeCalls(context, log, source), conditions: [] };
  if (subject.kind === 'receipt') return judgeSaved(context, subject, request);
  const digest = findRelease(log, subject.name);
  const { findings, conditions } = await judgeRelease(context, log, digest, source, seeds);
  const own = request.ownRun || request.recompute ? await runAgain(context, digest, request) : [];
  return { name: `${subject.name}  ${digest}`, findings: [...findings, ...own], conditions };
}

async function judgeSaved(
  context: CliContext,
  { name, answer }: Extract<Subject, { kind: 'receipt' }>,
  { log, source, input }: Request,
): Promise<Judgement> {
  const request = input === undefined ? answer.request : new TextEncoder().encode(await readInput(context, input));
  const tensors = answer.tensors ?? (await findTensors(context, source, answer.receipt));
  const findings = await judgeReceipt(log, { ...answer, request }, { source, tensors, now: context.clock() });
  return { name, findings, conditions: [] };
}

/** From the manifest at the hub. Where it tells none the values cannot be compared, and that is said. */
async function findTensors(
  { signal }: Pick<CliContext, 'signal'>,
  { client }: LogSource,
  { release }: SignedReceipt,
): Promise<Tensors | null> {
  if (!client) return null;
  try {
    return (await getRelease(client, `sha256:${release}`, { signal })).manifest;
  } catch (error) {
    if (error instanceof CallableError) return null;
    throw error;
  }
}

/** What the reader runs: nobody's word but that of this machine. */
async function runAgain(context: CliContext, digest: Digest, request: Request): Promise<Finding[]> {
  const { source, files, log, words, ownRun, recompute } = request;
  await using directory = await openTempDir();
  const from = { client: source.client, directory: files };
  const { findings, release } = await bringFiles(context, from, digest, join(directory.path, 'files'));
  if (!release) return findings;
  const { state } = log;
  const { signal } = context;
  return [
    ...findings,
    ...(ownRun ? await runOwn(context, release, directory.path) : []),
    ...(recompute ? await recomputeWords({ state, words: words.of(digest), release, signal }) : []),
  ];
}

/** Of entries that are not what was signed nothing can be said, about nobody. */
function nothingFollows(name: string): Judgement {
  return { name, findings: [unchecked('everything else', 'Nothing follows from such a log.')], conditions: [] };
}
