// Writes docs/findings.md from the tables of the inspection and of the bounded run. A test fails when it is stale.
// Run: node scripts/write-findings.mjs
import { fileURLToPath } from 'node:url';
import { build } from './prepare.mjs';
import { writeOrCheck } from './write-or-check.mjs';

/** The page as text, from the tables `packages/formats` and `packages/node` export. */
export function findingsText(findingCodes, checkFindings) {
  const rows = Object.entries(findingCodes);
  const refused = rows.filter(([, { reason }]) => reason !== null);
  const warned = rows.filter(([, { reason }]) => reason === null);
  return `# Findings

Generated from \`packages/formats/src/onnx/inspect/finding-codes.ts\` and \`packages/node/src/checks/check-findings.ts\` by
\`node scripts/write-findings.mjs\`; do not edit.

What a node noticed while it checked a release. A code is part of the API: it is never renamed and never gets another
meaning. Every finding has a code, a severity, a sentence and, where there is one, a place in the graph. A \`refuse\` ends
the validation with the reason beside it; a \`warn\` is shown with the release and decides nothing. A release without
findings has been looked at for these things and no others.

## Refused by the inspection, before anything is run

| code | reason | meaning |
|---|---|---|
${refused.map(([code, { reason, means }]) => `| \`${code}\` | [${publicReason(reason)}](reasons/${publicReason(reason)}.md) | ${means} |`).join('\n')}

## Noticed by the inspection

| code | meaning |
|---|---|
${warned.map(([code, { means }]) => `| \`${code}\` | ${means} |`).join('\n')}

## Noticed in the bounded run

After the vectors a node runs made-up inputs on the native and on the pinned wasm runtime, and values at the ends of
every datatype natively.

| code | meaning |
|---|---|
${Object.entries(checkFindings)
  .map(([code, means]) => `| \`${code}\` | ${means} |`)
  .join('\n')}
`;
}

/** A model that no runtime would load is told as such: the API has no word of its own for it. */
const publicReason = (reason) => (reason === 'InvalidModel' ? 'LoadFailed' : reason);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build();
  const { findingCodes } = await import('@callable/formats');
  const { checkFindings } = await import('@callable/node');
  const page = fileURLToPath(new URL('../docs/findings.md', import.meta.url));
  writeOrCheck([[page, findingsText(findingCodes, checkFindings)]]);
}
