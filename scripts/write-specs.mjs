// Writes what is generated from the protocol: specs/schemas/*.json, docs/statements.md, docs/reasons.md and a page for
// each reason below docs/reasons. A test fails when they are
// stale. Run: node scripts/write-specs.mjs
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './prepare.mjs';
import { writeOrCheck } from './write-or-check.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every generated file by its path below the checkout, from what the protocol package exports and its tables of reasons. */
export function specFiles(protocol) {
  const schemas = {
    manifest: [protocol.Manifest, 'What a publisher signs of a release'],
    statement: [protocol.Statement, 'One signed fact'],
    receipt: [protocol.SignedReceipt, "A node's signed account of one call"],
    problem: [protocol.Problem, 'The answer to a request that failed (RFC 9457)'],
    condition: [protocol.Condition, 'One step of the path of a release'],
    policy: [protocol.Policy, 'The numbers that turn evidence into conditions'],
  };
  for (const { kind, body, says } of Object.values(protocol.statementKinds))
    schemas[`statement.${kind}`] = [body, `The body of a ${kind} statement`, says];
  const files = new Map(
    Object.entries(schemas).map(([name, [schema, title, says]]) => [
      `specs/schemas/${name}.json`,
      schemaText(schema, title, says),
    ]),
  );
  for (const code of Object.keys(protocol.reasons)) files.set(`docs/reasons/${code}.md`, reasonPage(protocol, code));
  return files.set('docs/reasons.md', reasonsText(protocol)).set('docs/statements.md', statementsText(protocol));
}

function schemaText(schema, title, description) {
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  return `${JSON.stringify({ $schema, title, description, ...schema }, null, 2)}\n`;
}

function statementsText({ statementKinds }) {
  const rows = Object.values(statementKinds).map(
    ({ kind, says, subject, signer, takenFrom, folds, perDay, maxBytes = 4096 }) =>
      `| \`${kind}\` | ${cell(says)} | ${subject} | ${signedBy(signer)} | ${intake[takenFrom]} | ${folds ?? 'none'} | ${takenFrom === 'hub' ? '–' : `${maxBytes / 1024} kB`} | ${perDay ? `${perDay.key}, ${perDay.network}` : '–'} |`,
  );
  return `# Kinds of statement

Generated from the rows in \`packages/protocol/src/statements/kinds\` by \`node scripts/write-specs.mjs\`; do not edit.

The body of each kind is \`specs/schemas/statement.<kind>.json\`. *State* is the state of the fold that it changes;
*size* bounds one from a stranger, with its signature; *a day* is how many a hub takes by one key, and by all keys of one
network. Without a number it comes with a task, which bounds it, or a hub makes it.

| kind | what it says | subject | whose word counts | how a hub takes it | state | size | a day |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

const intake = {
  anybody: 'from anybody, at `POST /v1/statements`',
  release: 'with its release',
  task: 'with its task',
  hub: 'never: a hub makes it',
};

const signers = { anybody: 'anybody', hub: 'the hub', subject: 'the subject', drawn: 'a node that was drawn' };
const signedBy = (signer) =>
  typeof signer === 'string'
    ? signers[signer]
    : `the ${signer.named ?? 'publisher'}, or a key that acts for it (\`${signer.scope}\`)`;

function reasonsText({ conditionReasons, requestReasons, callReasons, auditReasons, backupReasons }) {
  return `# Reasons

Generated from the table in \`packages/protocol/src/reasons\` by \`node scripts/write-specs.mjs\`; do not edit.

One vocabulary for conditions, errors of the API and the command line. A reason is part of the API: it is never
renamed and never gets another meaning. *Who* can do something about it, and *what*; *retry* tells whether the same
request can succeed later without anybody changing anything; *status* is that of the HTTP answer it ends.

## Why a condition is True, False or Unknown

${table(conditionReasons)}

## Why a request is refused or fails

${table({ ...requestReasons, ...callReasons })}

## What came of an audit

${table(auditReasons)}

## Why a backup is not made or not taken

${table(backupReasons)}
`;
}

function reasonPage({ reasons, conditionsWithReason }, code) {
  const { sentence, who, next, retry, status } = reasons[code];
  const conditions = conditionsWithReason(code);
  const isFine = status < 400;
  const facts = [
    ...(isFine ? [] : [`**What to do** (${who}): ${next}`]),
    ...(conditions.length > 0
      ? [`Stands at the condition${conditions.length > 1 ? 's' : ''} ${list(conditions)}.`]
      : []),
    ...(isFine ? [] : [`Ends a request with the status ${status}. ${retryText(retry)}`]),
  ];
  return `# ${code}

Generated from the table in \`packages/protocol/src/reasons\` by \`node scripts/write-specs.mjs\`; do not edit.

${sentence}

${facts.join('\n\n')}${facts.length > 0 ? '\n\n' : ''}A hub answers the same at \`/reasons/${code}\`. [All reasons](../reasons.md)
`;
}

const list = (words) => words.map((word) => `\`${word}\``).join(', ');

const retryText = (retry) =>
  retry
    ? 'The same request can succeed later, without anybody changing anything.'
    : 'The same request fails again until somebody has changed something.';

function table(rows) {
  const lines = Object.entries(rows).map(
    ([code, { sentence, who, next, retry, status }]) =>
      `| <a id="${code}"></a>[\`${code}\`](reasons/${code}.md) | ${cell(sentence)} | ${who} | ${cell(next)} | ${retry ? 'yes' : 'no'} | ${status} |`,
  );
  return [
    '| reason | what is the case | who | what to do | retry | status |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

const cell = (text) => text.replaceAll('|', '\\|');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = [
    'index',
    'reasons/condition-reasons',
    'reasons/request-reasons',
    'reasons/call-reasons',
    'reasons/audit-reasons',
    'reasons/backup-reasons',
  ];
  await build();
  const modules = await Promise.all(built.map((path) => import(`../packages/protocol/dist/${path}.js`)));
  writeOrCheck([...specFiles(Object.assign({}, ...modules))].map(([path, text]) => [join(checkout, path), text]));
}
