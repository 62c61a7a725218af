import { expect, test } from 'vitest';
import type { ReleaseState, ValidatorReport } from '../conditions/release-state.ts';
import { auditTermsOf } from './audit-terms.ts';
import { isDrawnForAudit } from './draw-audit.ts';

const root = new Uint8Array(32).fill(0xab);
const id = (n: number) => n.toString(16).padStart(2, '0').repeat(32);

test.each([
  [0, 0.9685508423810746],
  [1, 0.2798065975485042],
  [2, 0.9991795685297591],
])('the place of receipt %i between 0 and 1 is that another program computes (Python)', (n, place) => {
  expect(isDrawnForAudit(root, id(n), place + 1e-9)).toBe(true);
  expect(isDrawnForAudit(root, id(n), place - 1e-9)).toBe(false);
});

test('a share draws that share; all of it everything, none of it nothing', () => {
  const ids = Array.from({ length: 5000 }, (_, n) => n.toString(16).padStart(64, '0'));
  const count = (share: number) => ids.filter((one) => isDrawnForAudit(root, one, share)).length;
  expect(count(0)).toBe(0);
  expect(count(1)).toBe(ids.length);
  expect(count(0.2) / ids.length).toBeCloseTo(0.2, 1);
});

const report = (change: Partial<ValidatorReport>): ValidatorReport => ({
  ...{ ok: true, reason: 'VectorsPassed', message: '', at: 0, statement: '', runtime: '', findings: [] },
  ...{ auditClass: 1, spread: 0, deterministic: true, adjudication: null, round: null },
  ...change,
});
const terms = (...reports: Partial<ValidatorReport>[]) =>
  auditTermsOf({
    reports: Object.fromEntries(reports.map((one, n) => [`0x${n}`, report(one)])),
    panel: null,
  } as unknown as Pick<ReleaseState, 'reports' | 'panel'>);

test('the terms of audits are those that most validators promise', () => {
  expect(terms()).toEqual({ auditClass: 0, tolerance: 0 });
  expect(terms({})).toEqual({ auditClass: 1, tolerance: 2e-5 });
  expect(terms({ auditClass: 2, spread: null })).toEqual({ auditClass: 2, tolerance: 0 });
  expect(terms({}, { spread: 4e-6 }, { auditClass: 2, spread: null }).tolerance).toBeCloseTo(4e-5);
});

test('attack: one validator can neither switch audits off, nor loosen them, nor invent a class', () => {
  const honest = {};
  expect(terms(honest, honest, { auditClass: 0 }).auditClass).toBe(1);
  expect(terms(honest, honest, { auditClass: 2 }).auditClass).toBe(1);
  expect(terms(honest, { ok: false, auditClass: 0 }).auditClass).toBe(1);
});
