// npm start: a fresh clone becomes a running network. One process, so that Ctrl-C and kill reach all of it.
import { prepare } from './prepare.mjs';

try {
  await prepare();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
// npm dies of a kill without passing it on to what its shell has started: whoever lost npm ends as if told so.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

const { main } = await import('../packages/cli/dist/main.js');
await main(['up', ...process.argv.slice(2)]);
