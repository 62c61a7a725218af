// npm start: a fresh clone becomes a running network. One process, so that Ctrl-C and kill reach all of it.
import { prepare } from './prepare.mjs';

try {
  await prepare();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const { main } = await import('../packages/cli/dist/main.js');
await main(['up', ...process.argv.slice(2)]);
