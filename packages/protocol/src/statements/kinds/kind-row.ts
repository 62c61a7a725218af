import type { ReleaseState } from '../../conditions/release-state.ts';
import type { Alias } from '../../curation/alias.ts';
import type { Label } from '../../curation/label.ts';
import type { Delegation } from '../../delegations/delegation.ts';
import type { Scope } from '../../delegations/scope.ts';
import type { Address } from '../../identity/address.ts';
import type { Digest } from '../../identity/digest.ts';
import type { NodeState } from '../../nodes/node-state.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Static, TSchema } from '../../schema/type.ts';
import type { Rules } from '../rules.ts';
import type { Statement } from '../statement.ts';

/** The states that the fold of a log keeps, each under the word a row names it with. */
export type FoldedStates = {
  release: ReleaseState;
  node: NodeState;
  key: readonly Delegation[];
  alias: Alias | null;
  label: Label | null;
  policy: Policy;
};
export type FoldPlace = keyof FoldedStates;

/** What the subject of a kind is. */
export type SubjectOfKind =
  | 'release digest'
  | 'node address'
  | 'hub address'
  | 'address of the signer'
  | 'address of a caller'
  | 'handle'
  | 'publisher/name of the alias'
  | 'address of a node or hub'
  | 'release, node, key or handle';

/** Signed for somebody: by the principal itself, or by a key that acted for it in this scope. */
export type ActingFor<Body> = {
  scope: Scope;
  /** `publisher` is who published the release that the statement is about, where that is known. */
  principal: (body: Body, publisher: Address | null) => Address | null;
  /** What the specifications call the principal; the publisher when absent. */
  named?: string;
};

/** Whose word counts. `drawn`: the nodes a draw named, which the step looks up; the others are judged before the step. */
export type SignerOfKind<Body> = 'anybody' | 'hub' | 'subject' | 'drawn' | ActingFor<Body>;

/** How a hub takes a kind in: at its door for statements, with the release, with a task, or never from others. */
export type TakenFrom = 'anybody' | 'release' | 'task' | 'hub';

/** A statement of a kind whose body fits, as its step reads it. */
export type Said<Body> = {
  body: Body;
  subject: string;
  signer: Address;
  /** By the signer's clock, milliseconds. */
  issuedAt: number;
  /** By the log's clock, milliseconds. */
  at: number;
  /** Computed when it is asked for: it costs a hash of the whole statement. */
  readonly id: Digest;
};

/** What a reader of a log looks up by name; the first entry under a key counts, of `vkeys` the last. */
export type Lookup =
  | { in: 'names'; key: string; value: Digest; publisher: Address }
  | { in: 'handles'; key: string; value: Address }
  | { in: 'vkeys'; key: string; value: string }
  | { in: 'batches'; value: { root: string; count: number; calls?: number } };

type Step<Body, Place extends FoldPlace> = (
  state: FoldedStates[Place],
  said: Said<Body>,
  rules: Rules,
) => FoldedStates[Place];

/** Statements of one kind within a day: by one key, and by all keys of one network, for keys are free. */
export type PerDay = { key: number; network: number };

/** Enough for every kind that carries no measurements and no receipts. */
export const defaultMaxBytes = 4096;

/** Everything there is to know of a kind of statement. What stays literal types the tables of others. */
export type KindRow<
  Kind extends string = string,
  Schema extends TSchema = TSchema,
  Place extends FoldPlace | null = FoldPlace | null,
  From extends TakenFrom = TakenFrom,
  Counted extends PerDay | null = PerDay | null,
> = {
  kind: Kind;
  /** One sentence for the specifications: what it says. */
  says: string;
  subject: SubjectOfKind;
  signer: SignerOfKind<Static<Schema>>;
  takenFrom: From;
  /** How many a hub takes within a day; null for what a hub makes itself, and for what a draw or a lease bounds. */
  perDay: Counted;
  /** Bytes of one from a stranger, with its signature; `defaultMaxBytes` when absent. */
  maxBytes?: number;
  /** A later word of its signer about the same takes its place: a hub takes none that is not later than the last. */
  isRevised?: boolean;
  /** Open to further members: an older reader still understands a newer writer. */
  body: Schema;
  /** The state it changes; null when it changes none. */
  folds: Place;
  /** Which of those states, when it is not that of the subject. */
  stateKey?: (said: Pick<Statement, 'subject' | 'signer'> & { body: Static<Schema> }) => string;
  step: [Place] extends [FoldPlace] ? Step<Static<Schema>, Place> : null;
  /** Nodes it brings into the state of a release. Their standing counts, and their conviction takes them out again. */
  seats?: (body: Static<Schema>) => readonly Address[];
  /** Its step asks for the standing of its signer. */
  judgesSigner?: boolean;
  /** Principals whose delegations its step reads although its signer need not act for them. */
  delegators?: (body: Static<Schema>) => readonly Address[];
  looksUp?: (said: Pick<Statement, 'subject' | 'signer'> & { body: Static<Schema> }) => Lookup | null;
  /** A log may begin with it: whose signature it bears is whose log it is. */
  opensLog?: boolean;
};

/** A row with its literals kept. */
export function kindRow<
  const Kind extends string,
  Schema extends TSchema,
  const Place extends FoldPlace | null,
  const From extends TakenFrom,
  const Counted extends PerDay | null,
>(row: KindRow<Kind, Schema, Place, From, Counted>): KindRow<Kind, Schema, Place, From, Counted> {
  return row;
}
