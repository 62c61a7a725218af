import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from './open-target.mjs';

export const title = 'statements of one network under new keys for 10 s; log bytes per statement byte';
export const target = 'a stated number an hour; 2x';

const seconds = 10;
const pauseMs = 50;

/** Labels, of which a network may make most; a head a second, so that every partial bundle is written. */
export async function flood(victim) {
  const directory = join(victim.directory, 'hub', 'log');
  const before = await bytesIn(directory);
  const [answers, end] = [{}, Date.now() + seconds * 1000];
  let written = 0;
  for (const junk of ['z'.repeat(59_000), 'z'.repeat(3000)]) {
    while (Date.now() < end - (junk.length > 4000 ? (seconds * 1000) / 2 : 0)) {
      const key = victim.newKey();
      const body = { label: 'flood', attached: true, note: '', junk };
      const fact = { kind: 'label.attached', subject: victim.P.addressOf(key), body, issuedAt: Date.now() };
      const statement = victim.sign(fact, key);
      const answer = await victim.sdk
        .submitStatement(victim.sdk.createClient(victim.url), statement)
        .then(() => 'taken')
        .catch((error) => error.code);
      const word = `${junk.length > 4000 ? 'of 59 kB' : 'of 3 kB'} ${answer}`;
      answers[word] = (answers[word] ?? 0) + 1;
      if (answer === 'taken') written += JSON.stringify(statement).length;
      await sleep(pauseMs);
    }
  }
  await sleep(3000);
  const grown = (await bytesIn(directory)) - before;
  return `${(grown / written).toFixed(1)} bytes of log per byte of statement (${(written / 1e6).toFixed(1)} MB taken, log +${(grown / 1e6).toFixed(1)} MB); ${JSON.stringify(answers)}`;
}

async function bytesIn(directory) {
  const found = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = found.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name)).catch(() => ({ size: 0 }))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
