import { type Address, actsFor, CallableError, type Delegation, endWithin, type KeyView } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

/** So old may be what a call is judged by: what was revoked is refused after that. */
const freshMs = 2_000;
/** How long what was allowed holds while the hub does not answer: a revocation cannot be heard then either. */
const staleMs = 600_000;
const lookUpMs = 5_000;

/** Who may call in whose name, as the hub's log says. */
export type DelegationDirectory = {
  /** Rejects with DelegationMissing, or HubUnreachable where the hub does not answer and nothing is remembered. */
  checkMayCall(key: Address, principal: Address): Promise<void>;
};

type Known = { at: number; delegations: readonly Delegation[] };

/** Asks the hub at most every two seconds for each principal, and only for calls in the name of another. */
export function createDelegationDirectory({
  lookUp,
  clock,
}: {
  lookUp: (principal: Address, signal: AbortSignal) => Promise<KeyView>;
  clock: () => number;
}): DelegationDirectory {
  const known = new BoundedMap<Address, Known>(5_000);
  const underWay = new Map<Address, Promise<Known>>();

  async function ask(principal: Address): Promise<Known> {
    try {
      // Its own deadline, not a caller's: many callers wait for this one answer.
      const view = await lookUp(principal, endWithin(lookUpMs));
      const found = { at: clock(), delegations: delegationsOf(principal, view) };
      known.set(principal, found);
      return found;
    } catch (error) {
      const last = known.get(principal);
      if (last && clock() - last.at < staleMs) return last;
      if (error instanceof CallableError) throw error;
      throw new CallableError('HubUnreachable', undefined, { cause: error });
    }
  }

  function find(principal: Address): Known | Promise<Known> {
    const last = known.get(principal);
    if (last && clock() - last.at < freshMs) return last;
    const waiting = underWay.get(principal);
    if (waiting) return waiting;
    const answer = ask(principal).finally(() => underWay.delete(principal));
    underWay.set(principal, answer);
    return answer;
  }

  return {
    async checkMayCall(key, principal) {
      if (key === principal) return;
      const { delegations } = await find(principal);
      if (actsFor(delegations, { key, principal, scope: 'call', at: clock() })) return;
      throw new CallableError('DelegationMissing', `${key} may not call in the name of ${principal}.`);
    },
  };
}

/** attack: a hub that names another principal. What is not of the one asked for is not heard. */
function delegationsOf(principal: Address, { address, delegations }: KeyView): Delegation[] {
  if (address !== principal) return [];
  return delegations.map(({ key, scopes, notBefore, notAfter, revokedAt }) => ({
    principal,
    key,
    scopes,
    notBefore: Date.parse(notBefore),
    notAfter: Date.parse(notAfter),
    revokedAt: revokedAt === null ? null : Date.parse(revokedAt),
  }));
}
