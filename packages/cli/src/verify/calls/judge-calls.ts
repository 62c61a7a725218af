import {
  type BatchView,
  headerOf,
  leafOfBatch,
  type MerkleHash,
  type SegmentView,
  type SignedBatch,
  splitSegments,
  toHex,
  verifyFiledBatches,
  viewSegment,
} from '@callable/protocol';
import type { CliContext } from '../../context/cli-context.ts';
import { checked, type Finding, failed, unchecked } from '../finding.ts';
import { rootOf } from '../judge-inclusion.ts';
import type { LogSource } from '../open-log-source.ts';
import type { LogReading } from '../read-log.ts';
import { openSessions, type Sessions } from './open-sessions.ts';
import { tellChains } from './tell-chains.ts';

/** Of each kind so many are named; the rest are counted. */
const mostNamed = 10;

export const whyText = {
  receipt: 'has a receipt that no node can have signed',
  root: 'has receipts that do not lead to its root: the path to one of them is forged',
  signature: 'was not signed by its node, and no later header that follows it here was either',
  caller: 'names a caller that did not sign its request',
} as const;

type Tally = {
  calls: number;
  hidden: number;
  headers: number;
  older: number;
  callers: Set<string>;
  missing: number[];
  faults: Named;
  /** Headers that a later one covers, and whose own signature does not hold. */
  covered: Named;
};
/** The first few as texts, and how many there are. */
type Named = { texts: string[]; count: number };

/**
 * Every call of a log by its files alone: the headers of each file lead to the root of its entry, nodes signed the headers
 * or a later one that names them, callers their requests, and the receipts lead to the headers. Then the sessions: two headers with one number, or a chain
 * that is broken, are proof against a node; numbers that are missing are named. One file is in memory at a time, and of each
 * header what its session needs: about 200 bytes.
 */
export async function judgeCalls(
  { signal }: Pick<CliContext, 'signal'>,
  { batches }: Pick<LogReading, 'batches'>,
  { read }: Pick<LogSource, 'read'>,
): Promise<Finding[]> {
  const sessions = openSessions();
  const tally: Tally = {
    ...{ calls: 0, hidden: 0, headers: 0, older: 0, callers: new Set(), missing: [] },
    ...{ faults: { texts: [], count: 0 }, covered: { texts: [], count: 0 } },
  };
  for (const [entry, { root, count, calls }] of batches) {
    signal.throwIfAborted();
    if (calls === undefined) {
      tally.older += count;
      continue;
    }
    const file = await read(`receipts/${entry}`);
    if (!file) tally.missing.push(entry);
    else await judgeFile(file, { entry, root, count, calls }, sessions, tally);
  }
  return [...tellFiles(tally), ...tellChains(sessions, mostNamed)];
}

type Entry = { entry: number; root: string; count: number; calls: number };

async function judgeFile(file: Uint8Array, batch: Entry, sessions: Sessions, tally: Tally): Promise<void> {
  const name = (into: Named, text: string) => {
    into.count += 1;
    if (into.texts.length < mostNamed) into.texts.push(`entry ${batch.entry}: ${text}`);
  };
  const fault = (text: string) => name(tally.faults, text);
  const segments = splitSegments(file);
  const leaves: MerkleHash[] = [];
  let calls = 0;
  // One at a time: what is known of it takes more than its bytes.
  for (const bytes of segments ?? []) {
    const segment = viewSegment(bytes);
    if (!segment) return fault('its file holds bytes that are no segment');
    // Every signature is looked at, so that whoever files headers without one is seen.
    const verdicts = verifyFiledBatches(segment, { every: true });
    for (const [index, view] of segment.batches.entries()) {
      const header = headerOf(segment, view);
      leaves.push(leafOfBatch(header));
      calls += view.count;
      const verdict = verdicts[index];
      tally.headers += 1;
      if (verdict?.ok === false) fault(`${nameOf(header)} ${whyText[verdict.why]}`);
      if (!verdict?.ok) continue;
      if (verdict.said === 'later') name(tally.covered, `${nameOf(header)}, reported by ${header.gateway}`);
      sessions.take(header, verdict.id, batch.entry);
      countRecords(segment, view, tally);
    }
  }
  if (!segments) return fault('its file ends within a segment');
  if (leaves.length !== batch.count || (leaves.length > 0 && (await rootOf(leaves)) !== batch.root))
    fault('its headers do not have the root that the log says');
  else if (calls !== batch.calls) fault(`it says ${batch.calls} calls, and its headers say ${calls}`);
}

function countRecords({ bytes }: SegmentView, { records }: BatchView, tally: Tally): void {
  for (const record of records) {
    if (record.kind === 'hash') tally.hidden += 1;
    else tally.calls += 1;
    if (record.kind === 'call' && record.signed)
      tally.callers.add(toHex(bytes.subarray(record.signed.caller, record.signed.caller + 20)));
  }
}

const nameOf = ({ node, session, first, count }: SignedBatch) =>
  `the batch ${first} to ${first + count - 1} of node ${node}, session ${session}`;

const list = ({ texts, count }: Named) =>
  `${texts.join('; ')}${count > texts.length ? ` (and ${count - texts.length} more)` : ''}`;

function tellFiles({ calls, hidden, headers, older, callers, missing, faults, covered }: Tally): Finding[] {
  const bare = hidden === 0 ? '' : `, and ${hidden} that count as none (probes, copies)`;
  const sum = `${calls} calls by ${callers.size} callers who signed${bare}, in ${headers} batches`;
  const holds = covered.count === 0 ? 'every signature holds' : 'a signature holds over every one';
  return [
    faults.count === 0
      ? checked('calls', `${sum}: ${holds}, and every receipt leads to its header and its entry.`)
      : failed('calls', `Of ${sum}, ${faults.count} do not hold: ${list(faults)}.`),
    ...(covered.count === 0
      ? []
      : [
          checked(
            'covered',
            `${covered.count} headers bear no signature that holds, and a later one that their node signed names each by its hash. They are its word, and none of them proves it alone: ${list(covered)}.`,
          ),
        ]),
    ...(missing.length === 0
      ? []
      : [
          unchecked(
            'files',
            `The files of ${missing.length} entries are missing: ${missing.slice(0, mostNamed).join(', ')}.`,
          ),
        ]),
    ...(older === 0
      ? []
      : [unchecked('older calls', `Of ${older} receipts of version 1 and 2 the log has the hashes alone.`)]),
  ];
}
