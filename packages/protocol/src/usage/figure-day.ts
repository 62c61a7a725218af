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

/** An independent caller on one day: how often it called, since when its key is known, and whether it spoke for its network. */
export type DayCaller = {
  caller: Address;
  since: number;
  calls: number;
  isVoice: boolean;
  isRelier: boolean;
  isJudge: boolean;
};

/** What one day adds to the figure of a release, a publisher, a node or the network: sums, and who is behind them. */
export type DayFigure = {
  day: number;
  sums: Omit<UsageFigure, 'callers' | 'trusted' | 'relied' | 'outcomes'> & {
    trusted: Omit<UsageFigure['trusted'], 'callers'>;
    relied: Omit<UsageFigure['relied'], 'callers'>;
    outcomes: Omit<UsageFigure['outcomes'], 'callers'>;
  };
  /** In no order. */
  callers: DayCaller[];
};

export type UsageRows = { hours: Iterable<UsageHour>; callers: Iterable<UsageCaller>; words: Iterable<UsageWord> };

/** What one caller did in one network on the day of its calls, and said on this day of what it had called then. */
type Share = { day: number; caller: Address; calls: number; relied: number; right: number; wrong: number };

/** The figures of one day, from the rows of that day. */
export function figureDay(day: number, rows: UsageRows, facts: UsageFacts): DayFigure {
  const figure = openDayFigure(day, facts);
  figure.add(rows);
  return figure.close();
}

/**
 * A day whose rows come in parts. Indifferent to their order. All callers of one network on one day have one voice, that of the heaviest.
 * attack: an average would let strangers' keys take the weight of an honest caller in their network.
 */
export function openDayFigure(day: number, facts: UsageFacts): { add(rows: UsageRows): void; close(): DayFigure } {
  const sums = emptySums();
  const networks = new Map<string, Map<Address, Share>>();
  return {
    add(rows) {
      addHours(sums, rows.hours, facts);
      addCallers(sums, networks, rows, facts);
    },
    close: () => ({ day, sums, callers: hearVoices(sums, networks, facts) }),
  };
}

type Networks = Map<string, Map<Address, Share>>;

function addCallers(sums: DayFigure['sums'], networks: Networks, rows: UsageRows, facts: UsageFacts): void {
  const { excluded } = sums;
  for (const row of rows.callers) {
    const why = whyExcluded(row, facts);
    if (why === 'unknown') continue;
    if (why === 'probes') sums.evidenced -= row.calls;
    else sums.relied.evidenced += row.relied;
    if (why !== null) excluded[why] += row.calls;
    else addShare(networks, row);
  }
  for (const { callDay, ...row } of rows.words) {
    const why = whyExcluded(row, facts);
    if (why === 'unknown' || why === 'probes') continue;
    sums.relied.evidenced += row.relied;
    sums.outcomes.evidenced.right += row.right;
    sums.outcomes.evidenced.wrong += row.wrong;
    if (why === null) addShare(networks, { ...row, day: callDay, calls: 0 });
  }
}

/** Adds what is heard of each network, and says who is behind it. */
function hearVoices(sums: DayFigure['sums'], networks: Networks, facts: UsageFacts): DayCaller[] {
  const { excluded } = sums;
  const callers = new Map<Address, DayCaller>();
  const known = (caller: Address): DayCaller => {
    const found = callers.get(caller);
    if (found) return found;
    const said = { isVoice: false, isRelier: false, isJudge: false };
    const added = { caller, since: facts.firstDayOf(caller), calls: 0, ...said };
    callers.set(caller, added);
    return added;
  };
  for (const shares of networks.values()) {
    const aged: Share[] = [];
    for (const share of shares.values()) {
      if (share.calls > 0) known(share.caller).calls += share.calls;
      if (share.day > facts.firstDayOf(share.caller)) aged.push(share);
      else excluded.young += share.calls;
    }
    for (const share of aged) excluded.beyond += share.calls;
    const voice = heaviest(aged, ({ day, caller, calls }) => weighCaller(calls, day - facts.firstDayOf(caller)));
    if (voice) {
      const heard = Math.min(voice.share.calls, mostWeighed);
      excluded.beyond -= heard;
      sums.trusted.weight += voice.weight;
      sums.trusted.calls += heard;
      sums.trusted.networkDays++;
      known(voice.share.caller).isVoice = true;
    }
    const relier = heaviest(aged, ({ relied }) => Math.min(relied, mostWeighed));
    if (relier) {
      sums.relied.trusted += relier.weight;
      known(relier.share.caller).isRelier = true;
    }
    const judge = heaviest(aged, ({ right, wrong }) => Math.min(right + wrong, mostWeighed));
    if (judge) {
      const { right, wrong } = judge.share;
      // Beyond the bound in the proportion in which it said it.
      const heardRight = Math.floor((right * judge.weight) / (right + wrong));
      sums.outcomes.trusted.right += heardRight;
      sums.outcomes.trusted.wrong += judge.weight - heardRight;
      known(judge.share.caller).isJudge = true;
    }
  }
  return [...callers.values()];
}

function addHours(sums: DayFigure['sums'], hours: Iterable<UsageHour>, facts: UsageFacts): void {
  for (const { release, keyless, signed, repeated, cut, failed } of hours) {
    if (facts.publisherOf(release) === null) continue;
    sums.claimed += keyless + signed + repeated;
    sums.evidenced += signed;
    sums.cut += cut;
    sums.failed += failed;
    sums.excluded.keyless += keyless;
    sums.excluded.repeated += repeated;
  }
}

export const emptySums = (): DayFigure['sums'] => ({
  ...{ claimed: 0, evidenced: 0, failed: 0, cut: 0 },
  trusted: { weight: 0, calls: 0, networkDays: 0 },
  relied: { evidenced: 0, trusted: 0 },
  outcomes: { evidenced: { right: 0, wrong: 0 }, trusted: { right: 0, wrong: 0 } },
  excluded: {
    ...{ keyless: 0, repeated: 0, probes: 0, convicted: 0, strangers: 0, own: 0, delegates: 0, young: 0, beyond: 0 },
  },
});

/** In the order in which figures say them. */
export const whysExcluded = Object.keys(emptySums().excluded) as (keyof UsageFigure['excluded'])[];

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
  networks: Networks,
  { day, gateway, tag, caller, ...said }: Omit<UsageCaller & Partial<UsageWord>, 'callDay'>,
): void {
  // attack: whoever signs headers names gateways freely. Where none says a network, all of them are one.
  const key = tag === '' ? `${day}` : `${day} ${gateway} ${tag}`;
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
