import { randomBytes } from 'node:crypto';
import {
  addressOf,
  CallableError,
  digestBytes,
  hexOfDigest,
  type KeyView,
  onBehalfOf,
  type PrivateKey,
  signRequestOnTerms,
} from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createDelegationDirectory } from '../src/delegations/delegation-directory.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const inputs = { X: [[1, 2]] };
const [owner, delegate, second] = [randomKey(), randomKey(), randomKey()];
const [principal, helper] = [addressOf(owner), addressOf(delegate)];
const far = new Date(Date.now() + 3600_000).toISOString();
const past = new Date(0).toISOString();
const letting = (key: string) => ({ key, scopes: ['call'], notBefore: past, notAfter: far, revokedAt: null });

/** Its owner lets the delegate call, and that one lets a second one call. */
function startWith() {
  const node = createTestNode([release]);
  const said: Record<string, KeyView['delegations']> = {
    [principal]: [letting(helper) as never],
    [helper]: [letting(addressOf(second)) as never],
  };
  const delegations = createDelegationDirectory({
    clock: Date.now,
    lookUp: async (address) => {
      const found = said[address];
      if (!found) throw new CallableError('HubUnreachable');
      return { address, handles: [], delegations: found, labels: [] };
    },
  });
  return startTestGateway({ releases: [release], nodes: [node], overrides: { delegations } });
}

test('a call in the name of another: the receipt names the key that signed, what it signed the name', async () => {
  await using gateway = await startWith();
  const client = createClient(gateway.url, { key: delegate, onBehalfOf: principal });
  expect((await runModel(client, release.reference, inputs)).outputs).toBeDefined();
  const [report] = gateway.reports;
  if (report?.outcome !== 'good') throw new Error('nothing was reported');
  expect(report.receipt.caller).toBe(helper);
  expect(onBehalfOf(report.request?.terms)).toBe(principal);
});

test('attack: a delegate of a delegate calls in the name of the first, which never named it', async () => {
  await using gateway = await startWith();
  const call = (key: PrivateKey, name: typeof principal) =>
    runModel(createClient(gateway.url, { key, onBehalfOf: name }), release.reference, inputs);
  await expect(call(second, principal)).rejects.toMatchObject({ code: 'DelegationMissing', status: 403 });
  expect((await call(second, helper)).outputs).toBeDefined();
  // Nor the other way round: who delegates gains nothing of the delegate.
  await expect(call(owner, helper)).rejects.toMatchObject({ code: 'DelegationMissing' });
});

test('attack: a name that is none is refused, and costs the node nothing', async () => {
  await using gateway = await startWith();
  const body = JSON.stringify(inputs);
  const request = {
    ...{ version: 2 as const, audience: gateway.ctx.address, method: 'POST', path: `/v1/run/${release.reference}` },
    ...{ body: hexOfDigest(digestBytes(new TextEncoder().encode(body))), issuedAt: Date.now() },
  };
  for (const name of ['me', 7, null, { [principal]: 1 }]) {
    const nonce = randomBytes(32).toString('hex');
    const headers = signRequestOnTerms({ ...request, nonce, more: { onBehalfOf: name } }, delegate);
    const answer = await fetch(gateway.url + request.path, { method: 'POST', headers, body });
    expect(await answer.json()).toMatchObject({ code: 'RequestInvalid', status: 400 });
  }
  expect(gateway.reports).toEqual([]);
});
