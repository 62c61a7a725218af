import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallableError, parsePrivateKey } from '@callable/protocol';
import { startNodeHub } from '@callable/stand-ins';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startNode } from '../start-node.ts';
import { createPresence, type PresenceEvent } from './create-presence.ts';

test('a place is away once, however many ask, and back when all who were not answered were', () => {
  const heard: PresenceEvent[] = [];
  let now = 0;
  const presence = createPresence(
    () => now,
    (event) => heard.push(event),
  );
  const [one, two, other] = [presence.askAt('hub'), presence.askAt('hub'), presence.askAt('https://a.example')];
  one.there();
  expect(one.away('refused')).toBe(true);
  expect([one.away('refused'), two.away('no room')]).toEqual([true, true]);
  other.there();
  now = 100;
  one.there();
  two.there();
  two.there();
  expect(other.away('closed')).toBe(true);
  expect(heard).toEqual([
    { kind: 'away', place: 'hub', why: 'refused' },
    { kind: 'back', place: 'hub', awayMs: 100 },
    { kind: 'away', place: 'https://a.example', why: 'closed' },
  ]);
});

test('where nobody hears of it, who asks is told to say so', () => {
  const asker = createPresence(() => 0).askAt('hub');
  expect(asker.away('refused')).toBe(false);
  asker.there();
});

test('a node whose hub answers nothing says so once, logs nothing of it, and says when it is back', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'callable-presence-'));
  await using hub = await startNodeHub();
  const logged: string[] = [];
  const heard: PresenceEvent[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const key = parsePrivateKey(randomBytes(32).toString('hex'))!;
  const onPresence = (event: PresenceEvent) => void heard.push(event);
  {
    await using node = await startNode({ hubUrl: hub.url, dataDir, key, gateways: [] }, { log, onPresence });
    await node.joined;
    hub.refuse = new CallableError('NotReady', 'It is started again.');
    await expect.poll(() => heard, { timeout: 20_000 }).toHaveLength(1);
    // Asked several times more, and silent.
    const asked = hub.refused;
    await expect.poll(() => hub.refused, { timeout: 20_000 }).toBeGreaterThan(asked + 3);
    expect(heard).toEqual([{ kind: 'away', place: 'hub', why: 'It is started again.' }]);
    hub.refuse = null;
    await expect.poll(() => heard, { timeout: 20_000 }).toHaveLength(2);
    expect(heard[1]).toMatchObject({ kind: 'back', place: 'hub' });
  }
  expect(logged.filter((line) => !/holds/.test(line))).toEqual([]);
  await rm(dataDir, { recursive: true });
}, 60_000);
