import { hash, randomBytes } from 'node:crypto';
import { type BodyBudget, createBodyBudget } from '@callable/http';
import {
  type Address,
  addressOf,
  createNonceMemory,
  createPrivateKey,
  drawBytes,
  endWithin,
  type NonceMemory,
} from '@callable/protocol';
import {
  type Client,
  createClient,
  createHeadMemory,
  getKey,
  getRelease,
  sendSegment,
  wakeRelease,
} from '@callable/sdk';
import { type Logger, pino } from 'pino';
import { createNameKeyless, type NameKeyless } from './callers/name-keyless.ts';
import { createNetworkTags, type NetworkTags } from './callers/network-tags.ts';
import { type ColdWaits, createColdWaits } from './cold/cold-waits.ts';
import { defaultGatewayConfig, type GatewayConfig } from './config.ts';
import { type CopyPace, createCopyPace } from './copies/copy-pace.ts';
import { createDelegationDirectory, type DelegationDirectory } from './delegations/delegation-directory.ts';
import { callsPerMinute } from './limits/calls-per-minute.ts';
import { createOrigins, type Origins } from './limits/create-origins.ts';
import { createHoldingsBudget, type HoldingsBudget } from './limits/holdings-budget.ts';
import { keepNonces } from './limits/keep-nonces.ts';
import { createRateLimiter, type RateLimiter } from './limits/rate-limiter.ts';
import { createSecondAsks, type SecondAsks } from './limits/second-asks.ts';
import { createLinkRegistry, type LinkRegistry } from './links/link-registry.ts';
import { createHubNotice, type HubNotice } from './releases/hub-notice.ts';
import { createReleaseDirectory, type ReleaseDirectory } from './releases/release-directory.ts';
import { type CallReporter, createCallReporter } from './reports/call-reporter.ts';
import { type Comparisons, createComparisons } from './standings/comparisons.ts';
import { createKnownNodes, type KnownNodes } from './standings/known-nodes.ts';
import { listKnown } from './standings/list-known.ts';
import { createLostCalls, type LostCalls } from './standings/lost-calls.ts';
import { createNodeStandings, type NodeStandings } from './standings/node-standings.ts';
import { createVectorRuns, type VectorRuns } from './standings/vector-runs.ts';

/** Releases that the calls of one network may have fetched: they go onto disks of others. */
const wakesPerMinute = 30;
const wakeMs = 5_000;
/** Nodes that lost a gateway dial it again at 0.5, 1, 2 and 4 seconds at the latest. */
const settleMs = 10_000;

/** Everything a gateway works with. Nothing in it is shared with another gateway: they need not know of each other. */
export type GatewayContext = {
  readonly config: GatewayConfig;
  /** Of its key: whom a signed call is for. */
  readonly address: Address;
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
  readonly log: Logger;
  readonly hub: Client;
  readonly links: LinkRegistry;
  readonly releases: ReleaseDirectory;
  readonly delegations: DelegationDirectory;
  readonly hubNotice: HubNotice;
  readonly reports: CallReporter;
  /** Of calls without a key and of signed ones by network, and of a key. */
  readonly rates: RateLimiter;
  readonly signedRates: RateLimiter;
  readonly keyRates: RateLimiter;
  readonly bodies: BodyBudget;
  readonly nonces: NonceMemory;
  /** Nothing that was signed before is taken, by the clock here: it may have been heard by the process before this one. */
  readonly signedSince: number;
  /** By the clock here: until then hub and nodes may not have found this gateway yet. */
  readonly settledAt: number;
  readonly origins: Origins;
  readonly nameKeyless: NameKeyless;
  readonly networkTags: NetworkTags;
  readonly holdings: HoldingsBudget;
  readonly standings: NodeStandings;
  readonly lostCalls: LostCalls;
  readonly secondAsks: SecondAsks;
  readonly vectorRuns: VectorRuns;
  readonly knownNodes: KnownNodes;
  readonly comparisons: Comparisons;
  readonly copyPace: CopyPace;
  readonly coldWaits: ColdWaits;
  /** Aborts when the gateway begins to stop. */
  readonly closing: AbortSignal;
  /** Closes the links and sends the last reports. */
  close(): Promise<void>;
};

/** Builds the context once, in order of dependency; tests and the local network replace parts of it. */
export function createGatewayContext(
  given: Partial<GatewayConfig> = {},
  overrides: Partial<Omit<GatewayContext, 'config' | 'close'>> = {},
): GatewayContext {
  const config = { ...defaultGatewayConfig, ...given };
  const clock = overrides.clock ?? Date.now;
  const random = overrides.random ?? ((length: number) => randomBytes(length));
  const log = overrides.log ?? pino({ level: config.logLevel, name: 'gateway' });
  const key = config.key ?? createPrivateKey(random);
  // In memory: a gateway keeps no file of it. It outlives its hub's restarts, which is when it counts.
  const heads = createHeadMemory({ recall: async () => null, keep: () => undefined });
  const hub = overrides.hub ?? createClient(config.hubUrl, { key, clock, random, heads });
  const memory = createNonceMemory(clock);
  const kept =
    config.dataDir === null
      ? null
      : keepNonces(config.dataDir, memory, clock, (err) =>
          log.warn({ err }, 'used nonces are not written while the disk is full: a restart forgets them'),
        );
  const nonces = kept ?? memory;
  const pace = callsPerMinute(config);
  const standings = overrides.standings ?? createNodeStandings(clock);
  const address = overrides.address ?? addressOf(key);
  const stop = new AbortController();
  const settledAt = overrides.settledAt ?? clock() + settleMs;
  const reports =
    overrides.reports ??
    createCallReporter({
      send: (bytes, signal) => sendSegment(hub, bytes, { sha256: hash('sha256', bytes, 'hex'), signal }),
      clock,
      log,
      key,
    });
  const links =
    overrides.links ??
    createLinkRegistry(clock, (link) => {
      standings.linked(link.node);
      link.onBatch(reports.take);
    });
  return {
    config,
    address,
    clock,
    random,
    log,
    hub,
    links,
    hubNotice: overrides.hubNotice ?? createHubNotice(hub, clock),
    reports,
    releases:
      overrides.releases ??
      createReleaseDirectory({ lookUp: (reference, signal) => getRelease(hub, reference, { signal }), clock }),
    delegations:
      overrides.delegations ??
      createDelegationDirectory({ lookUp: (principal, signal) => getKey(hub, principal, { signal }), clock }),
    rates: overrides.rates ?? createRateLimiter(pace.anonymous, clock),
    signedRates: overrides.signedRates ?? createRateLimiter(pace.signed, clock),
    keyRates: overrides.keyRates ?? createRateLimiter(pace.ofKey, clock, (key) => key),
    bodies:
      overrides.bodies ?? createBodyBudget({ inAll: config.heldBodyBytes, perNetwork: config.heldBodyBytesPerNetwork }),
    nonces: overrides.nonces ?? nonces,
    // With a key made just now nothing of before is for this gateway.
    signedSince: overrides.signedSince ?? (config.key && !kept ? clock() : 0),
    settledAt,
    origins: overrides.origins ?? createOrigins(random),
    nameKeyless: overrides.nameKeyless ?? createNameKeyless(address, drawBytes(random)),
    networkTags: overrides.networkTags ?? createNetworkTags(random, clock),
    holdings: overrides.holdings ?? createHoldingsBudget(),
    standings,
    lostCalls: overrides.lostCalls ?? createLostCalls(clock),
    secondAsks: overrides.secondAsks ?? createSecondAsks(),
    vectorRuns: overrides.vectorRuns ?? createVectorRuns(clock),
    knownNodes:
      overrides.knownNodes ??
      createKnownNodes({
        list: () => listKnown(hub, endWithin(5_000, stop.signal)),
        clock,
        log,
      }),
    comparisons: overrides.comparisons ?? createComparisons(clock),
    copyPace: overrides.copyPace ?? createCopyPace(clock),
    coldWaits:
      overrides.coldWaits ??
      createColdWaits({
        clock,
        // A gateway that stops waits for nobody.
        settledAt: () => (stop.signal.aborted ? 0 : settledAt),
        rates: createRateLimiter(wakesPerMinute, clock, (network) => network),
        isHeld: (release) => [...links.list()].some((link) => link.find(release) !== null),
        wake: (release) => wakeRelease(hub, release, { signal: endWithin(wakeMs, stop.signal) }),
      }),
    closing: overrides.closing ?? stop.signal,
    async close() {
      stop.abort();
      links.closeAll();
      await reports.close();
      kept?.[Symbol.dispose]();
    },
  };
}
