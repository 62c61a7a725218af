import type { Address } from '../identity/address.ts';
import type { UsageFigure } from './usage-figure.ts';
import type { UsageCaller, UsageHour, UsageWord } from './usage-rows.ts';
import { mostWeighed, weighCaller } from './weigh-caller.ts';

/** What the log says, up to the checkpoint that a figure is as of. */
export type UsageFacts = {
  /** Null where the log has no such release: then nothing of it counts. */
  publisherOf(release: string): Address | null;
  /** Null for a key that never joined. */
  nodeOf(node: Address): { operator: Address | null; isConvicted: boolean } | null;
  /** Whether `key` acts, or acted, for `principal`. */
  isDelegate(key: Address, principal: Address): boolean;
  isProbe(caller: Address): boolean;
  /** The first day on which the log holds a call that this key signed. */
  firstDayOf(caller: Address): number;
};

/** What one caller did on one day in one network, and said of it later. */
type Share = { day: number; caller: Address; calls: number; relied: number; right: number; wrong: number };

/**
 * The figures of whatever these rows are of: a release, a publisher, a node, the network. Pure and indifferent to the order of rows.
 * All callers of one network on one day have one voice, that of the heaviest.
 * attack: an average would let strangers' keys take the weight of an honest caller in their network.
 */
export function figureUsage(
  rows: { hours: Iterable<UsageHour>; callers: Iterable<UsageCaller>; words: Iterable<UsageWord> },
  facts: UsageFacts,
): UsageFigure {
  const figure = sumHours(rows.hours, facts);
  const networks = new Map<string, Map<Address, Share>>();
  const { excluded } = figure;
  let lastDay = 0;
  for (const row of rows.callers) {
    lastDay = Math.max(lastDay, row.day);
    const why = whyExcluded(row, facts);
    if (why === 'unknown') continue;
    if (why === 'probes') figure.evidenced -= row.calls;
    else figure.relied.evidenced += row.relied;
    if (why !== null) excluded[why] += row.calls;
    else addShare(networks, row);
  }
  for (const { callDay, ...row } of rows.words) {
    const why = whyExcluded(row, facts);
    if (why === 'unknown' || why === 'probes') continue;
    figure.relied.evidenced += row.relied;
    figure.outcomes.evidenced.right += row.right;
    figure.outcomes.evidenced.wrong += row.wrong;
    if (why === null) addShare(networks, { ...row, day: callDay, calls: 0 });
  }
  const voices = new Set<Address>();
  const judges = new Set<Address>();
  const reliers = new Set<Address>();
  const independent = new Map<Address, number>();
  for (const callers of networks.values()) {
    const aged: Share[] = [];
    for (const share of callers.values()) {
      const { day, caller, calls } = share;
      if (calls > 0) independent.set(caller, (independent.get(caller) ?? 0) + calls);
      if (day > facts.firstDayOf(caller)) aged.push(share);
      else excluded.young += calls;
    }
    const voice = heaviest(aged, ({ day, caller, calls }) => weighCaller(calls, day - facts.firstDayOf(caller)));
    for (const share of aged) excluded.beyond += share.calls;
    if (voice) {
      const heard = Math.min(voice.share.calls, mostWeighed);
      excluded.beyond -= heard;
      figure.trusted.weight += voice.weight;
      figure.trusted.calls += heard;
      figure.trusted.networkDays++;
      voices.add(voice.share.caller);
    }
    const relier = heaviest(aged, ({ relied }) => Math.min(relied, mostWeighed));
    if (relier) {
      figure.relied.trusted += relier.weight;
      reliers.add(relier.share.caller);
    }
    const judge = heaviest(aged, ({ right, wrong }) => Math.min(right + wrong, mostWeighed));
    if (judge) {
      const { right, wrong } = judge.share;
      // Beyond the bound in the proportion in which it said it.
      const heardRight = Math.floor((right * judge.weight) / (right + wrong));
      figure.outcomes.trusted.right += heardRight;
      figure.outcomes.trusted.wrong += judge.weight - heardRight;
      judges.add(judge.share.caller);
    }
  }
  figure.trusted.callers = voices.size;
  figure.relied.callers = reliers.size;
  figure.outcomes.callers = judges.size;
  return { ...figure, callers: describeCallers(independent, lastDay, facts) };
}

function sumHours(hours: Iterable<UsageHour>, facts: UsageFacts): Omit<UsageFigure, 'callers'> {
  const excluded = {
    ...{ keyless: 0, repeated: 0, probes: 0, convicted: 0, strangers: 0, own: 0, delegates: 0, young: 0, beyond: 0 },
  };
  const figure = {
    ...{ claimed: 0, evidenced: 0, failed: 0, cut: 0, excluded },
    trusted: { weight: 0, calls: 0, callers: 0, networkDays: 0 },
    relied: { evidenced: 0, trusted: 0, callers: 0 },
    outcomes: { evidenced: { right: 0, wrong: 0 }, trusted: { right: 0, wrong: 0 }, callers: 0 },
  };
  for (const { release, keyless, signed, repeated, cut, failed } of hours) {
    if (facts.publisherOf(release) === null) continue;
    figure.claimed += keyless + signed + repeated;
    figure.evidenced += signed;
    figure.cut += cut;
    figure.failed += failed;
    excluded.keyless += keyless;
    excluded.repeated += repeated;
  }
  return figure;
}

/** Null for a caller that is independent of publisher and operator. */
function whyExcluded(
  { release, node, caller, principal }: Pick<UsageCaller, 'release' | 'node' | 'caller' | 'principal'>,
  facts: UsageFacts,
): 'unknown' | 'probes' | 'convicted' | 'strangers' | 'own' | 'delegates' | null {
  const publisher = facts.publisherOf(release);
  if (publisher === null) return 'unknown';
  if (facts.isProbe(caller)) return 'probes';
  const known = facts.nodeOf(node);
  if (known === null) return 'strangers';
  if (known.isConvicted) return 'convicted';
  const own = [publisher, node, ...(known.operator === null ? [] : [known.operator])];
  // attack: a publisher whose delegate calls in its name is no stranger. That the delegate may is not asked: it says so itself.
  if (own.includes(caller) || (principal !== '' && own.includes(principal))) return 'own';
  return own.some((principal) => facts.isDelegate(caller, principal)) ? 'delegates' : null;
}

function addShare(
  networks: Map<string, Map<Address, Share>>,
  { day, gateway, tag, caller, ...said }: Omit<UsageCaller & Partial<UsageWord>, 'callDay'>,
): void {
  const key = `${day} ${gateway} ${tag}`;
  const callers = networks.get(key) ?? new Map<Address, Share>();
  networks.set(key, callers);
  const known = callers.get(caller) ?? { day, caller, calls: 0, relied: 0, right: 0, wrong: 0 };
  callers.set(caller, {
    ...known,
    calls: known.calls + said.calls,
    relied: known.relied + said.relied,
    right: known.right + (said.right ?? 0),
    wrong: known.wrong + (said.wrong ?? 0),
  });
}

/** The first by address of those that weigh most: the order of rows is nobody's. Null where none weighs anything. */
function heaviest(shares: readonly Share[], weigh: (share: Share) => number) {
  let most: { share: Share; weight: number } | null = null;
  for (const share of shares) {
    const weight = weigh(share);
    if (weight === 0) continue;
    const isMore = !most || weight > most.weight || (weight === most.weight && share.caller < most.share.caller);
    if (isMore) most = { share, weight };
  }
  return most;
}

/** How many, how old on the last day in question, and what the busiest of them has of all their calls. */
function describeCallers(
  independent: ReadonlyMap<Address, number>,
  lastDay: number,
  facts: UsageFacts,
): UsageFigure['callers'] {
  const ages = [...independent.keys()].map((caller) => lastDay - facts.firstDayOf(caller)).sort((a, b) => a - b);
  const counts = [...independent.values()];
  const sum = counts.reduce((all, calls) => all + calls, 0);
  const busiest = counts.reduce((most, calls) => Math.max(most, calls), 0);
  return {
    independent: independent.size,
    medianAgeDays: ages[Math.floor(ages.length / 2)] ?? null,
    largestShare: sum === 0 ? null : Math.floor((1000 * busiest) / sum),
  };
}
