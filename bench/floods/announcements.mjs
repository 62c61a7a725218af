import { sha256, sleep } from './open-target.mjs';

export const title = '60 nodes announce 20,000 entries each (about 3 MB)';
export const target = '+50 MB, 100 ms of silence at most';

const nodes = 60;

export async function flood(victim) {
  const digest = (i) => `sha256:${sha256(`release ${i}`)}`;
  const entries = Array.from({ length: 10_000 }, (_, i) => digest(i));
  const announcement = {
    slots: { used: 0, limit: 100 },
    holdings: entries.map((release) => ({ release, state: 'cached' })),
    quarantined: entries.map((release) => ({ release, reason: 'x'.repeat(120) })),
    draining: false,
  };
  const body = JSON.stringify({ announcement, waitMs: 0 });
  const before = victim.megabytes();
  let [most, silence, isOver] = [before, 0, false];
  const watch = (async () => {
    while (!isOver) {
      const started = performance.now();
      await fetch(`${victim.url}/healthz`).then((answer) => answer.text());
      silence = Math.max(silence, performance.now() - started);
      most = Math.max(most, victim.megabytes());
      await sleep(20);
    }
  })();
  const answers = {};
  for (let i = 0; i < nodes; i++) {
    const key = victim.newKey();
    const said = { software: 'flood/1', memoryBytes: 1e12, slots: 100 };
    const fact = { kind: 'node.joined', subject: victim.P.addressOf(key), body: said, issuedAt: Date.now() };
    await victim.sdk.submitStatement(victim.sdk.createClient(victim.url), victim.sign(fact, key));
    const { status, code = '' } = await victim.signed(key, '/v1/tasks/lease', body);
    answers[`${status} ${code}`.trim()] = (answers[`${status} ${code}`.trim()] ?? 0) + 1;
    // Builds that take no such request are told the same in pages, as much of it as they take.
    if (status === 413) await tellInPages(victim, key, entries);
  }
  const reference = await victim.publish({ salt: 1 });
  await victim.untilCallable(reference);
  isOver = true;
  await watch;
  return `+${most - before} MB at most, silent for ${Math.round(silence)} ms at most; answers ${JSON.stringify(answers)}, ${(body.length / 1e6).toFixed(1)} MB each`;
}

async function tellInPages({ P, sdk, url }, key, entries) {
  const journal = P.createHoldingsJournal();
  const reason = 'x'.repeat(120);
  journal.update(entries.map((release) => ({ release, state: 'quarantined', reason })));
  const client = sdk.createClient(url, { key });
  for (let page = journal.page(0); ; page = journal.page(page.upTo)) {
    await sdk.reportHoldings(client, { session: '5e'.repeat(32), page });
    if (!page.more) return;
  }
}
