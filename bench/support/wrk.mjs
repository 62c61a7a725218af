import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './clone-ref.mjs';

/** A load generator that does not eat the cores it measures. Installs it where that is possible, or says how. */
export function needWrk() {
  const has = () => {
    try {
      execFileSync('sh', ['-c', 'command -v wrk']);
      return true;
    } catch {
      return false;
    }
  };
  if (has()) return;
  try {
    execFileSync('apt-get', ['install', '-y', '-qq', 'wrk'], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch {
    // Said below: no rights, no package of it known, or another system.
  }
  if (!has()) throw new Error('The load is made by wrk: apt-get update && apt-get install wrk, or brew install wrk.');
}

// The request is made once; what the run found comes as one line of JSON, microseconds as whole numbers.
const script = (body) => `
local file = io.open(${JSON.stringify(body)}, "rb")
local text = file:read("*a")
file:close()
wrk.method = "POST"
wrk.body = text
wrk.headers["content-type"] = "application/json"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"calls":%d,"us":%d,"bad":%d,"broken":%d,"p50":%d,"p99":%d,"slowest":%d}\\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
`;

/**
 * Sends the body in a file again and again over so many connections, one call under way on each. Milliseconds; `bad` are
 * answers of 400 and above, `broken` connections that failed or calls without an answer in ten seconds.
 */
export async function sendLoad({ url, body, connections, seconds, place }) {
  const lua = join(place, 'load.lua');
  await writeFile(lua, script(body));
  const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', lua, url];
  const { stdout } = await run('wrk', words);
  const said = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')));
  return {
    calls: said.calls,
    perSecond: (said.calls / said.us) * 1e6,
    ...{ p50: said.p50 / 1000, p99: said.p99 / 1000, slowest: said.slowest / 1000, bad: said.bad, broken: said.broken },
  };
}
