import { execFileSync } from 'node:child_process';
import type { Manifest } from '@callable/protocol';
import { expect, it } from 'vitest';
import { formatCurl } from './format-curl.ts';

const manifest = (inputs: unknown) =>
  ({ vectors: [{ name: 'v', inputs, outputs: {}, rtol: 0, atol: 0 }] }) as unknown as Manifest;

it('is one line that works when pasted', () => {
  expect(formatCurl('http://h:1', 'acme/iris@1.0.0', manifest({ X: [[1, 2]] }))).toBe(
    `curl http://h:1/v1/run/acme/iris@1.0.0 -d '{"X":[[1,2]]}'`,
  );
});

it('an input made by a hostile publisher cannot break out of the quotes', () => {
  const inputs = { text: ["it's'; touch /tmp/owned; echo '$(id)`id`\n\u001b[2J"] };
  const line = formatCurl('http://h', 'acme/x', manifest(inputs));
  const told = execFileSync('sh', ['-c', line.replace(/^curl \S+ -d/, 'printf %s')], { encoding: 'utf8' });
  expect(JSON.parse(told)).toEqual(inputs);
  expect(line).not.toContain('\u001b');
});
