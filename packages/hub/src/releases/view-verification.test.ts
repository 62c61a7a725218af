import { type Address, emptyReleaseState, type Panel, type ValidatorReport } from '@callable/protocol';
import { expect, it } from 'vitest';
import { viewVerification } from './view-verification.ts';

const [drawn, before] = [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`] as [Address, Address];
const report = { ok: true, auditClass: 1, at: 0, findings: [] } as unknown as ValidatorReport;
const panel = { validators: [drawn], quorum: 1, epoch: 1, own: [], round: null } as unknown as Panel;

it('lists the words of those who are drawn, not those kept of earlier rounds', () => {
  const view = viewVerification({ ...emptyReleaseState(0), panel, reports: { [drawn]: report, [before]: report } });
  expect(view?.reports.map(({ node }) => node)).toEqual([drawn]);
});
