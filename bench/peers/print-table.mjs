const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const of = (rounds, what) => median(rounds.map((round) => round[what]));
const digits = (value) => (value >= 1000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3));

/** Medians of the rounds, and ratios as medians of what each round gave: what it was measured beside is of the same moment. */
export function summarise(cells, against) {
  const ratio = (what) => (against ? median(cells.map((round, n) => round[what] / against[n][what])) : Number.NaN);
  return {
    ...Object.fromEntries(['perSecond', 'p50', 'p99', 'cpuMs'].map((what) => [what, of(cells, what)])),
    failed: cells.reduce((sum, { bad, broken }) => sum + (bad ?? 0) + (broken ?? 0), 0),
    ratio,
  };
}

/** `results`: by model, connections and server a list of rounds; `bare` among the servers. */
export function printTable(results, { bodies }) {
  for (const [model, byConnections] of results)
    for (const [connections, byServer] of byConnections) {
      const bare = byServer.get('bare session.run');
      const fast = byServer.get('fastapi');
      const size = (kind) => `${bodies.get(model)[kind].length} B`;
      console.log(
        `\n${model}, ${connections} connections, bodies ${size('plain')} (/v2, mlserver, kserve: ${size('oip')})`,
      );
      console.log(
        `  ${'server'.padEnd(20)}${['calls/s', 'p50 ms', 'p99 ms', 'CPU ms', 'of bare', 'of bare CPU'].map((word) => word.padStart(12)).join('')}   beside fastapi: calls/s, p50, p99, CPU`,
      );
      for (const [name, cells] of byServer) {
        const found = summarise(cells, fast);
        const bareRatio = summarise(cells, bare).ratio;
        const columns = [
          ...['perSecond', 'p50', 'p99', 'cpuMs'].map((what) =>
            Number.isFinite(found[what]) ? digits(found[what]) : '–',
          ),
          `${(100 * bareRatio('perSecond')).toFixed(1)} %`,
          `${(100 / bareRatio('cpuMs')).toFixed(1)} %`,
        ];
        const beside =
          fast && cells !== bare
            ? ['perSecond', 'p50', 'p99', 'cpuMs']
                .map((what) => `${found.ratio(what).toFixed(2)}x`.padStart(8))
                .join('')
            : '';
        const failed = found.failed > 0 ? `   ${found.failed} failed` : '';
        console.log(`  ${name.padEnd(20)}${columns.map((word) => word.padStart(12)).join('')}   ${beside}${failed}`);
      }
    }
}

/** The rows of the call path, each against what it must reach. */
export function printRows(results) {
  const get = (model, connections, name) => results.get(model)?.get(connections)?.get(name);
  const row = (what, [model, connections, name], [otherName, measure], must, write) => {
    const [cells, other] = [get(model, connections, name), get(model, connections, otherName)];
    if (cells && other)
      console.log(
        `  ${what.padEnd(66)}${write(summarise(cells, other).ratio(measure)).padStart(9)}   must reach ${must}`,
      );
  };
  const times = (value) => `${value.toFixed(2)}x`;
  const share = (value) => `${(100 * value).toFixed(1)} %`;
  console.log('\nrows');
  const v1 = 'callable /v1/run';
  row('tiny, 8 connections: calls/s beside FastAPI', ['tiny', 8, v1], ['fastapi', 'perSecond'], '2x', times);
  for (const [connections, must] of [
    [8, '0.15'],
    [32, '0.1'],
  ])
    row(
      `tiny, ${connections} connections: CPU of all processes beside the baseline`,
      ['tiny', connections, v1],
      ['baseline /v1/run', 'cpuMs'],
      must,
      times,
    );
  row('tiny, 8 connections: p99 beside FastAPI', ['tiny', 8, v1], ['fastapi', 'p99'], '1x', times);
  row('tiny, 1 connection: p50 beside FastAPI', ['tiny', 1, v1], ['fastapi', 'p50'], '1.5x', times);
  row(
    'digits, 8 connections: calls/s, share of the bare loop',
    ['digits', 8, v1],
    ['bare session.run', 'perSecond'],
    '25 %',
    share,
  );
  row(
    'squeeze, 8 connections: calls/s, share of the bare loop',
    ['squeeze', 8, v1],
    ['bare session.run', 'perSecond'],
    '40 %',
    share,
  );
}
