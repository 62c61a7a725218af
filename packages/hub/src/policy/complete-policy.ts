import { type Address, type Policy, rulesVersion } from '@callable/protocol';

/** The policy a hub adopts: under the rules of this software, and with itself as the seed where it names none. */
export const completePolicy = (policy: Policy, hub: Address): Policy => ({
  ...policy,
  rules: rulesVersion,
  seeds: policy.seeds ?? [hub],
});
