import { expect, test } from 'vitest';
import receipts from '../../../specs/vectors/receipts.json' with { type: 'json' };
import statements from '../../../specs/vectors/statements.json' with { type: 'json' };
import { toHex } from '../src/bytes/hex.ts';
import { encodeReceipt } from '../src/receipts/batches/receipt-bytes.ts';
import { SignedReceipt3 } from '../src/receipts/batches/signed-receipt-3.ts';
import { verifyReceipt3 } from '../src/receipts/batches/verify-receipt-3.ts';
import { receiptId, SignedReceipt } from '../src/receipts/receipt.ts';
import { type ExpectedCall, verifyReceipt } from '../src/receipts/verify-receipt.ts';
import { Check } from '../src/schema/check.ts';
import { findKind } from '../src/statements/kinds/find-kind.ts';
import { statementKinds } from '../src/statements/kinds/statement-kinds.ts';
import { Statement, statementId } from '../src/statements/statement.ts';
import { verifyStatement } from '../src/statements/verify-statement.ts';

/** The order in which a hub judges: schema, signature, body by its kind. */
function judge(value: unknown): string {
  if (!Check(Statement, value)) return 'StatementInvalid';
  const verdict = verifyStatement(value, statements.now);
  if (!verdict.ok) return verdict.reason;
  const row = findKind(value.kind);
  return row && Check(row.body, value.body) ? 'valid' : 'StatementInvalid';
}

test.each(statements.valid)('statement: $name', ({ statement, id }) => {
  expect(judge(statement)).toBe('valid');
  expect(statementId(statement as unknown as Statement)).toBe(id);
});

test.each(statements.invalid)('statement refused: $name', ({ statement, reason }) => {
  expect(judge(statement)).toBe(reason);
});

test('there is a statement of every kind', () => {
  expect(new Set(statements.valid.map(({ statement }) => statement.kind))).toEqual(
    new Set(Object.keys(statementKinds)),
  );
});

const expectedOf = (one: { expected: object }) => one.expected as ExpectedCall;

test.each(receipts.valid)('receipt $name', (one) => {
  const receipt: unknown = one.receipt;
  if (!Check(SignedReceipt, receipt)) throw new Error('it does not fit the schema');
  expect(verifyReceipt(receipt, expectedOf(one))).toEqual({ ok: true, id: one.id });
  expect(receiptId(receipt)).toBe(one.id);
});

test.each(receipts.invalid)('receipt refused: $name', (one) => {
  expect(verifyReceipt(one.receipt as unknown as SignedReceipt, expectedOf(one))).toEqual({
    ok: false,
    reason: 'ReceiptInvalid',
    field: one.field,
  });
});

test.each(receipts.batched.valid)('receipt of version 3: $name', ({ receipt: said, bytes, id, batch }) => {
  if (!Check(SignedReceipt3, said)) throw new Error('it does not fit the schema');
  const receipt: SignedReceipt3 = said;
  expect(toHex(encodeReceipt(receipt))).toBe(bytes);
  expect(verifyReceipt3(receipt)).toEqual({ ok: true, id, batch });
});

test.each(receipts.batched.invalid)('receipt of version 3 refused: $name', ({ receipt, why }) => {
  expect(verifyReceipt3(receipt as unknown as SignedReceipt3)).toEqual({ ok: false, why });
});
