import { zeroAddress } from '@callable/protocol';
import { reportCalls } from '@callable/sdk';
import { publishBytes, randomKey, reportOf } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { startTestHub } from './start-test-hub.ts';

it('attack by a key that never joined: its receipts are kept as evidence, a thousand a day, and are no usage', async () => {
  await using hub = await startTestHub();
  const { digest } = await publishBytes(hub.client(), Buffer.from('a victim'));
  const stranger = randomKey();
  const gateway = hub.client(hub.ctx.key);
  for (let batch = 0; batch < 3; batch++)
    await reportCalls(gateway, {
      reports: Array.from({ length: 400 }, (_, n) => reportOf(stranger, digest, zeroAddress, 400 * batch + n)),
    });
  const rows = await hub.ctx.db.selectFrom('receipt').select(['counted', 'content']).execute();
  expect(rows.length).toBe(1_000);
  expect(rows.every(({ counted, content }) => counted && content !== null)).toBe(true);
  await expect
    .poll(
      async () => (await hub.ctx.db.selectFrom('receipt').select('batch').where('batch', 'is', null).execute()).length,
      { timeout: 10_000 },
    )
    .toBe(0);
}, 30_000);
