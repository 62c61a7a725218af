// Finds every place of the packages where a plain object is asked by a text, and prints it. The text may be a stranger's:
// an output may be called `constructor`, and every plain object has a member of that name. Types tell a word of ours (a
// union of literals) from any text. What is asked by one is a Map, or goes through `ownMember` of the protocol.
// Run: node scripts/find-word-lookups.mjs [checkout]     Ends with 1 when there is one.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, TypeFlags } from 'typescript/unstable/sync';

/** The one shared way. */
const sharedWay = 'packages/protocol/src/json/own-member.ts';

/** Every lookup by a text below `root`: its file, line and source. */
export function findWordLookups(root) {
  const configs = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'tsconfig.json'))
    .filter((path) => existsSync(path));
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: configs });
    return configs.flatMap((config) => {
      const project = snapshot.getProject(config);
      if (!project) throw new Error(`${config} could not be opened.`);
      return project.rootFiles
        .filter((file) => relative(root, file) !== sharedWay)
        .flatMap((file) => lookupsIn(root, project, file));
    });
  } finally {
    api.close();
  }
}

function lookupsIn(root, { program, checker }, file) {
  const source = program.getSourceFile(file);
  if (!source) throw new Error(`${file} could not be read.`);
  const { keys, copied } = candidatesIn(source);
  const keyTypes = keys.length > 0 ? checker.getTypeAtLocation(keys) : [];
  const copiedTypes = copied.length > 0 ? checker.getTypeAtLocation(copied) : [];
  const found = [
    ...keys.filter((key, index) => key.kind === SyntaxKind.AsExpression || mayBeAnyText(checker, keyTypes[index])),
    ...copied.filter((_, index) => !copiedTypes[index] || checker.getIndexInfosOfType(copiedTypes[index]).length > 0),
  ];
  return found.map((node) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    return { file: relative(root, file), line: line + 1, text: source.text.split('\n')[line].trim() };
  });
}

/**
 * `a[key]`, `key in a` and `{ [key]: value } = a`; and what `Object.assign` copies from: it sets the prototype by the name
 * `__proto__`, where `{ ...a }` and `Object.fromEntries` make a member.
 */
function candidatesIn(source) {
  const [keys, copied] = [[], []];
  const visit = (node) => {
    if (node.kind === SyntaxKind.ElementAccessExpression) keys.push(node.argumentExpression);
    if (node.kind === SyntaxKind.BinaryExpression && node.operatorToken.kind === SyntaxKind.InKeyword)
      keys.push(node.left);
    if (node.kind === SyntaxKind.BindingElement && isAsked(node)) keys.push(node.propertyName.expression);
    if (node.kind === SyntaxKind.CallExpression && node.expression.getText(source) === 'Object.assign')
      copied.push(...node.arguments.slice(1));
    node.forEachChild(visit);
  };
  visit(source);
  return { keys, copied };
}

/** A name that begins with `_` is only left out of the rest. */
const isAsked = ({ propertyName, name }) =>
  propertyName?.kind === SyntaxKind.ComputedPropertyName && !name.text?.startsWith('_');

const anyText = TypeFlags.Any | TypeFlags.Unknown | TypeFlags.String | TypeFlags.StringMapping;
const deferred = TypeFlags.TypeParameter | TypeFlags.Index | TypeFlags.Conditional | TypeFlags.IndexedAccess;
const membersOfAll = Object.getOwnPropertyNames(Object.prototype);

/** Whether a value of this type may be the name of a member that every plain object has. */
function mayBeAnyText(checker, type) {
  if (!type || type.flags & anyText) return true;
  // `0x${string}` cannot be one.
  if (type.flags & TypeFlags.TemplateLiteral) return membersOfAll.some((name) => name.startsWith(type.texts[0]));
  if (type.flags & TypeFlags.Union) return type.getTypes().some((part) => mayBeAnyText(checker, part));
  // A text with a brand is as wide as the text.
  if (type.flags & TypeFlags.Intersection) {
    const texts = type.getTypes().filter(({ flags }) => flags & (anyText | TypeFlags.TemplateLiteral));
    return texts.length > 0 && texts.every((part) => mayBeAnyText(checker, part));
  }
  return (type.flags & deferred) !== 0 && mayBeAnyText(checker, checker.getBaseConstraintOfType(type));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  const found = findWordLookups(root);
  for (const { file, line, text } of found) console.log(`${file}:${line}  ${text}`);
  console.log(`${found.length} lookups by a text that may be a stranger's`);
  if (found.length > 0) process.exitCode = 1;
}
