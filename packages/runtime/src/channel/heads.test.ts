import { expect, test } from 'vitest';
import { decodeOrder } from './decode-order.ts';
import { decodeReport } from './decode-report.ts';
import { encodeOrder } from './encode-order.ts';
import { encodeReport } from './encode-report.ts';
import { encodings, type Order, type Report } from './messages.ts';

const digest = (byte: string) => byte.repeat(32);
const ran = { type: 'ran', inputDigest: digest('a1'), outputDigest: digest('0f'), runMs: 1.25 } as const;

test('heads of orders and reports are read back as they were', () => {
  const runs = encodings.map(
    (encoding): Order => ({ type: 'run', call: 0xffff_fff0, encoding, salt: Buffer.alloc(32, 7), pieces: 4 }),
  );
  const laid = runs.map((order): Order => ({ ...order, region: { offset: 0xffff_f000, length: 8 } }) as Order);
  for (const order of [...runs, ...laid, { type: 'credit', call: 3 }, { type: 'cancel', call: 70_000 }] as Order[])
    expect(decodeOrder(encodeOrder(order))).toEqual(order);
  const failed = { type: 'failed', reason: 'RunFailed', message: 'é' } as const;
  for (const report of [
    ran,
    { ...ran, id: '' },
    { ...ran, id: 'ü'.repeat(100) },
    { type: 'piece' },
    failed,
  ] as Report[])
    expect(decodeReport(Buffer.from(encodeReport(report)))).toEqual(report);
});

test('attack: a report of any other bytes is refused, so its runner is ended', () => {
  const whole = Buffer.from(encodeReport(ran));
  for (let length = 0; length < whole.length; length++)
    expect(() => decodeReport(whole.subarray(0, length))).toThrow(RangeError);
  expect(() => decodeReport(Buffer.concat([whole, Buffer.of(1)]))).toThrow(RangeError);
  expect(() => decodeReport(Buffer.from('{"type":'))).toThrow(SyntaxError);
  for (const kind of [0, 3, 255]) expect(() => decodeReport(Buffer.alloc(74, kind))).toThrow(RangeError);
});
