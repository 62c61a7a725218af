import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { type Fence, readFences } from './support/read-fences.ts';
import { checkout, environmentOf } from './support/spawn-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';

const documentedUrl = 'http://127.0.0.1:4600';
const documentedData = '.callable/';

it('every command that README.md marks with `sh run` works, in order, on a network that was just started', async () => {
  const fences = readFences(await readFile(join(checkout, 'README.md'), 'utf8'));
  // A slip in the mark would leave commands out without anybody hearing of it.
  expect(fences.map(({ info }) => info).filter((info) => !['', 'sh', 'sh run', 'json', 'ts'].includes(info))).toEqual(
    [],
  );
  const blocks = fences.filter(({ info }) => info === 'sh run');
  expect(blocks.length).toBeGreaterThan(0);
  for (const { line, code } of blocks)
    expect(code, `README.md:${line} holds a placeholder, which nobody can paste`).not.toMatch(/<[^>\s]+>|…/);

  await using home = await openTempDir();
  await using data = await openTempDir();
  await using network = await startNetwork({ dataDir: data.path, home: home.path, examples: true, nodes: 3 });
  for (const [index, block] of blocks.entries()) {
    const { code, output } = await runBlock(block, network, home.path, index === 0);
    expect(code, `README.md:${block.line} ended with ${code}:\n${block.code}\n${output}`).toBe(0);
  }
  expect(await network.stop()).toBe(0);
}, 300_000);

/** What npx comes to in a checkout. It takes 0.6 CPU seconds to get there, each time: the first block shows that it does. */
const shortcut = 'npx() { local name="$1"; shift; "node_modules/.bin/$name" "$@"; }';

/** As pasted into a shell in the checkout; the first command that fails ends it. */
async function runBlock(
  { code: block }: Fence,
  { url, dataDir }: Pick<NetworkProcess, 'url' | 'dataDir'>,
  home: string,
  isAsTyped: boolean,
) {
  const here = block.replaceAll(documentedUrl, url).replaceAll(documentedData, `${dataDir}/`);
  const script = `${isAsTyped ? '' : `${shortcut}\n`}${here}`;
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: checkout,
    // Commands without an address mean the documented one.
    env: environmentOf(home, { CALLABLE_HUB: url }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
    });
  const [code] = await once(child, 'close');
  return { code: code as number | null, output };
}
