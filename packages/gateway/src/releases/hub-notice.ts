import { CallableError, endWithin } from '@callable/protocol';
import { type Client, getNetwork } from '@callable/sdk';

const freshMs = 2_000;
const patienceMs = 1_000;

/** Throws with the reason of a hub that says it cannot be written to. One that is away leaves its gateways ready. */
export type HubNotice = () => Promise<void>;

/** Asks the hub at most every two seconds, however often this gateway is asked. */
export function createHubNotice(hub: Client, clock: () => number): HubNotice {
  let asked: { at: number; answer: Promise<string | null> } | null = null;
  const ask = () =>
    getNetwork(hub, { signal: endWithin(patienceMs) }).then(
      ({ notReady }) => notReady?.message ?? null,
      () => null,
    );
  return async () => {
    if (!asked || clock() - asked.at >= freshMs) asked = { at: clock(), answer: ask() };
    const message = await asked.answer;
    if (message !== null)
      throw new CallableError('LogRolledBack', `The hub of this gateway takes nothing in: ${message}`);
  };
}
