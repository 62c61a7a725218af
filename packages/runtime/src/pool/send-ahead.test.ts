import { expect, it } from 'vitest';
import { createLead } from './send-ahead.ts';

it('two calls of a model nobody knows, or of a slow one; of a quick one as many small ones as take it three milliseconds', () => {
  const lead = createLead();
  expect(lead.calls).toBe(2);
  lead.note(0.5);
  expect(lead.calls).toBe(2);
  const quick = createLead();
  quick.note(0.01);
  expect(quick.calls).toBe(27);
  expect([10, 20_000, 300_000].map((bytes) => quick.callsLike(new Uint8Array(bytes)))).toEqual([27, 13, 2]);
});

it('attack: a slow call among quick ones makes a model slow at once, and many quick ones quick again', () => {
  const lead = createLead();
  lead.note(0.01);
  lead.note(1000);
  expect(lead.calls).toBe(2);
  for (let call = 0; call < 50; call++) lead.note(0.01);
  expect(lead.calls).toBe(2);
  for (let call = 0; call < 50; call++) lead.note(0.01);
  expect(lead.calls).toBeGreaterThan(10);
});
