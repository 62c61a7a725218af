import { type Address, type Condition, conditionsAt, type Digest, type ReleaseState } from '@callable/protocol';
import { getRelease } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { LogSource } from './open-log-source.ts';
import type { LogReading } from './read-log.ts';

export type ReleaseVerdict = { digest: Digest; conditions: Condition[]; findings: Finding[] };

/** The conditions of a release, computed from the entries, beside what the hub says when there is one to ask. */
export async function judgeRelease(
  context: Pick<CliContext, 'clock' | 'signal'>,
  log: LogReading,
  digest: Digest,
  source: LogSource,
  seeds: readonly Address[] | null = null,
): Promise<ReleaseVerdict> {
  const state = log.state.releases.get(digest) as ReleaseState;
  const conditions = conditionsAt(state, context.clock(), log.state);
  return {
    digest,
    conditions,
    findings: [
      judgePublisher(state),
      ...tellNotices(state),
      ...(await (seeds
        ? [unchecked(hubsAnswer, 'It rests on the word of other seeds.')]
        : compare(context, state, digest, source))),
    ],
  };
}

function judgePublisher({ publisher }: ReleaseState): Finding {
  const what = 'publisher';
  return publisher
    ? checked(what, `${publisher} signed its manifest, or a key that acted for it at the time.`)
    : failed(what, 'No statement by its publisher is in the log.');
}

/** What was said beside the evidence; it changes no condition, and whoever relies on a release wants to know it. */
function tellNotices({ notices: { yanked, deprecated, refused } }: ReleaseState): Finding[] {
  return [
    ...(yanked ? [checked('notice', `Yanked by its publisher: ${yanked.note || 'no reason given'}.`)] : []),
    ...(deprecated ? [checked('notice', `Deprecated: ${deprecated.note || 'no reason given'}.`)] : []),
    ...(refused ? [checked('notice', `Refused by the hub (${refused.scopes.join(', ')}): ${refused.note}.`)] : []),
  ];
}

const hubsAnswer = "the hub's own answer";

/** Only where both rest on the same entries: the hub may know more than the checkpoint. */
async function compare(
  context: Pick<CliContext, 'clock' | 'signal'>,
  state: ReleaseState,
  digest: Digest,
  source: LogSource,
): Promise<Finding[]> {
  const what = hubsAnswer;
  if (!source.client) return [unchecked(what, 'This is a copy: no hub was asked.')];
  const view = await getRelease(source.client, digest, { signal: context.signal });
  const own = conditionsAt(state, context.clock(), undefined);
  const differing = view.conditions.filter((condition) => {
    const same = own.find(({ type }) => type === condition.type);
    return same && same.evidence.join() === condition.evidence.join() && same.status !== condition.status;
  });
  const newer = view.conditions.filter(
    (condition) => own.find(({ type }) => type === condition.type)?.evidence.join() !== condition.evidence.join(),
  );
  if (differing.length > 0)
    return [failed(what, `It differs on the same evidence: ${differing.map(({ type }) => type).join(', ')}.`)];
  return newer.length > 0
    ? [unchecked(what, `The hub has newer evidence for ${newer.map(({ type }) => type).join(', ')}.`)]
    : [checked(what, 'It says the same of all five conditions.')];
}
