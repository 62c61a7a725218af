import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScriptedPool } from '../../test/open-scripted-pool.ts';

/** What the body of a call says is what its runner reports: an array of frames, each of a report, or of its bytes in hex. */
const obeying = `
  const { writeSync } = await import('node:fs');
  const frame = (head, body) => {
    const start = Buffer.alloc(8);
    start.writeUInt32LE(head.length, 0);
    start.writeUInt32LE(body.length, 4);
    const bytes = Buffer.concat([start, head, body]);
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(3, bytes, sent);
  };
  for (const { report, hex, raw, deep } of JSON.parse(order.body.toString())) {
    if (raw) writeSync(3, Buffer.from(raw, 'hex'));
    else if (deep) frame(Buffer.from(report.replace('DEEP', '['.repeat(deep) + ']'.repeat(deep))), Buffer.alloc(0));
    else frame(hex ? Buffer.from(hex, 'hex') : Buffer.from(report), Buffer.from('{}'));
  }`;

let pool: Awaited<ReturnType<typeof openScriptedPool>>;
beforeAll(async () => {
  pool = await openScriptedPool(obeying, { streams: false });
});
afterAll(() => pool[Symbol.asyncDispose]());

/** The head of a good answer, as bytes. */
function ran({ runMs = 1, id }: { runMs?: number; id?: string } = {}): { hex: string } {
  const head = Buffer.alloc(74);
  head.set([1, id === undefined ? 0 : 1]);
  head.writeDoubleLE(runMs, 2);
  return { hex: Buffer.concat([head, Buffer.from(id ?? '')]).toString('hex') };
}
const said = (report: unknown) => ({ report: JSON.stringify(report) });
const call = (frames: object[]) => ({
  encoding: 'plain' as const,
  body: new TextEncoder().encode(JSON.stringify(frames)),
  salt: new Uint8Array(32),
});
const lengths = (head: number, body: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(head, 0);
  bytes.writeUInt32LE(body, 4);
  return { raw: bytes.toString('hex') };
};

it.each<[string, object[]]>([
  ['a time that is no number, which would cost the node its link with all calls on it', [ran({ runMs: Number.NaN })]],
  ['a time without end', [ran({ runMs: Number.POSITIVE_INFINITY })]],
  ['a time before it began', [ran({ runMs: -1 })]],
  ['an id longer than any caller may give', [ran({ id: 'x'.repeat(257) })]],
  ['an id of bytes that are no text', [{ hex: `${ran({ id: '' }).hex}ff` }]],
  ['a head that is cut', [{ hex: ran().hex.slice(2) }]],
  ['a head of nothing', [{ hex: '00' }]],
  [
    'a problem nested a hundred thousand deep',
    [{ report: '{"type":"input","problem":{"code":"x","message":"m","got":DEEP}}', deep: 100_000 }],
  ],
  [
    'a problem with a member nobody knows, as deep',
    [{ report: '{"type":"input","problem":{"code":"WrongShape","message":"m","more":DEEP}}', deep: 100_000 }],
  ],
  ['a problem that is none', [said({ type: 'input', problem: 7 })]],
  ['a failure for a reason nobody knows', [said({ type: 'failed', reason: 'toString', message: 'm' })]],
  ['a failure without words', [said({ type: 'failed', reason: 'RunFailed', message: {} })]],
  ['that it is ready, in the midst of a call', [said({ type: 'ready', version: '2' })]],
  ['that it has loaded, in the midst of a call', [said({ type: 'loaded', shapes: {} })]],
  ['a kind nobody knows', [said({ type: 'constructor' })]],
  ['a piece that nobody asked for', [{ hex: '02' }]],
  ['a head longer than any', [lengths(0xffff_ffff, 0)]],
  ['a body longer than any', [lengths(74, 0xffff_ffff)]],
])('adversary: a runner that reports %s is ended, its call fails, and the next is answered', async (_what, frames) => {
  await using model = await pool.load();
  expect(await model.run(call(frames), { deadlineMs: 20_000 })).toMatchObject({ ok: false, reason: 'RunnerDied' });
  expect(await model.run(call([ran()]), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  expect(model.deaths).toBe(1);
});

it('adversary: a runner that goes on reporting when nobody called is ended', async () => {
  await using model = await pool.load();
  const { pid } = model;
  expect(await model.run(call([ran(), ran()]), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  await expect.poll(() => [model.deaths, model.pid !== pid]).toEqual([1, true]);
  expect(await model.run(call([ran()]), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
});
