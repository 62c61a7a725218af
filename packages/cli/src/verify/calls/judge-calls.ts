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

const whyText = {
  receipt: 'has a receipt that no node can have signed',
  root: 'has receipts that do not lead to its root: the path to one of them is forged',
  signature: 'was not signed by its node',
  caller: 'names a caller that did not sign its request',
} as const;

type Tally = {
  calls: number;
  hidden: number;
  headers: number;
  older: number;
  callers: Set<string>;
  missing: number[];
  faults: string[];
  faultCount: number;
};

/**
 * Every call of a log by its files alone: the headers of each file lead to the root of its entry, nodes signed the headers,
 * callers their requests, and the receipts lead to the headers. Then the sessions: two headers with one number, or a chain
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
    ...{ calls: 0, hidden: 0, headers: 0, older: 0, callers: new Set(), missing: [], faults: [], faultCount: 0 },
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
  const fault = (text: string) => {
    tally.faultCount += 1;
    if (tally.faults.length < mostNamed) tally.faults.push(`entry ${batch.entry}: ${text}`);
  };
  const segments = splitSegments(file);
  const leaves: MerkleHash[] = [];
  let calls = 0;
  // One at a time: what is known of it takes more than its bytes.
  for (const bytes of segments ?? []) {
    const segment = viewSegment(bytes);
    if (!segment) return fault('its file holds bytes that are no segment');
    const verify = verifyFiledBatches(segment);
    for (const view of segment.batches) {
      const header = headerOf(segment, view);
      leaves.push(leafOfBatch(header));
      calls += view.count;
      const verdict = verify(view);
      if (!verdict.ok) fault(`${nameOf(header)} ${whyText[verdict.why]}`);
      tally.headers += 1;
      if (!verdict.ok) continue;
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

function tellFiles({ calls, hidden, headers, older, callers, missing, faults, faultCount }: Tally): Finding[] {
  const bare = hidden === 0 ? '' : `, and ${hidden} that count as none (probes, copies)`;
  const sum = `${calls} calls by ${callers.size} callers who signed${bare}, in ${headers} batches`;
  const more = faultCount > faults.length ? ` (and ${faultCount - faults.length} more)` : '';
  return [
    faultCount === 0
      ? checked('calls', `${sum}: every signature holds, and every receipt leads to its header and its entry.`)
      : failed('calls', `Of ${sum}, ${faultCount} do not hold: ${faults.join('; ')}${more}.`),
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
