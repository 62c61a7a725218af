/**
 * What nodes keep and gateways choose, played on a committed trace: 20 nodes, 2,000 releases of 0.75 GB on average, Zipf 1.1 with drift,
 * an hour of 25 calls a second; room for 32 % and 81 % of all releases. The code of node and gateway beside LRU, GDSF and Belady,
 * who knows the future. Prints cold calls (those that begin a fetch) and their ratio to Belady's. No network, about a minute.
 * Run: npm run build && node bench/cache.mjs [seeds, by default 3]
 */
import { makeTrace } from './cache/make-trace.mjs';
import { playTrace } from './cache/play-trace.mjs';
import { policies } from './cache/policies.mjs';

const seeds = Number(process.argv[2] ?? 3);
const nodes = 20;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const cells = ['policy', 'cold', 'of Belady', 'joined', 'no room', 'mean s', 'p99 s', 'GB fetched'];
const row = (values) => console.log(values.map((value, at) => String(value)[at ? 'padStart' : 'padEnd'](11)).join(''));

for (const share of [0.32, 0.81]) {
  console.log(`\nroom for ${Math.round(100 * share)} % of all releases (median of ${seeds} seeds)`);
  row(cells);
  const played = Object.fromEntries(Object.keys(policies).map((name) => [name, []]));
  for (let seed = 1; seed <= seeds; seed++) {
    const trace = makeTrace({ seed });
    const roomBytes = (share * trace.sizes.reduce((sum, size) => sum + size, 0)) / nodes;
    for (const [name, makePolicy] of Object.entries(policies))
      played[name].push(playTrace(trace, { nodes, roomBytes, makePolicy }));
  }
  for (const [name, tallies] of Object.entries(played)) {
    const of = (pick) => median(tallies.map(pick));
    row([
      name,
      `${of(({ cold, calls }) => (100 * cold) / calls).toFixed(2)} %`,
      `${median(tallies.map(({ cold }, seed) => cold / played.Belady[seed].cold)).toFixed(3)}x`,
      `${of(({ joined, calls }) => (100 * joined) / calls).toFixed(2)} %`,
      of(({ refused }) => refused),
      of(({ seconds }) => seconds.reduce((sum, each) => sum + each, 0) / seconds.length).toFixed(2),
      of(({ seconds }) => seconds[Math.floor(0.99 * seconds.length)]).toFixed(1),
      of(({ fetchedBytes }) => fetchedBytes / 1e9).toFixed(0),
    ]);
  }
}
