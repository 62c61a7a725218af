// Counts, in each package, the circles of files and the knots of folders, by value and with type imports too, and prints
// the members of each. A circle cannot be read from top to bottom, and a knot cannot be taken apart by one team alone.
// Run: node scripts/find-circles.mjs [checkout]     Ends with 1 when there is one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

/** What is looked for, in the order of the table. */
const kinds = {
  'files by value': { types: false, folders: false },
  'files with types': { types: true, folders: false },
  'folders by value': { types: false, folders: true },
  'folders with types': { types: true, folders: true },
};

/** Every circle of every package below `root`: its package, what it is of, and its members in order. */
export function findCircles(root) {
  return packagesOf(root).flatMap((name) => {
    const edges = readImports(join(root, 'packages', name));
    return Object.entries(kinds).flatMap(([of, { types, folders }]) =>
      circlesIn(
        edges.filter((edge) => types || !edge.type).map(({ from, to }) => (folders ? rooms(from, to) : { from, to })),
      )
        // Files beside `index.ts` alone make no knot of folders.
        .filter((members) => !folders || members.some((member) => !member.endsWith('.ts')))
        .sort((a, b) => a[0].localeCompare(b[0]))
        .map((members) => ({ package: name, of, members })),
    );
  });
}

const packagesOf = (root) =>
  readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'src')))
    .sort();

/** A file beside `index.ts` is a room of its own: it puts the folders together, and no folder holds it. */
const roomOf = (file) => (file.includes('/') ? posix.dirname(file) : file);
const rooms = (from, to) => ({ from: roomOf(from), to: roomOf(to) });

/** Who imports whom inside a package, as paths below its `src`; `type` when nothing of it is left at run time. */
function readImports(directory) {
  const source = join(directory, 'src');
  const files = sourcesBelow(source);
  const aliases = aliasesOf(directory);
  const edges = [];
  for (const from of files) {
    const { program, errors } = parseSync(from, readFileSync(join(source, from), 'utf8'));
    if (errors.length > 0) throw new Error(`${join(source, from)}: ${errors[0].message}`);
    const add = (node, type) => {
      const word = node?.value;
      // What is not a plain string is nothing of this package, or a name that only the running program knows.
      if (typeof word !== 'string') return;
      const targets = word.startsWith('.') ? [posix.join(posix.dirname(from), word)] : (aliases[word] ?? []);
      for (const to of targets.filter((target) => files.has(target))) edges.push({ from, to, type });
    };
    new Visitor({
      // `import { type A }` still runs the other file (verbatimModuleSyntax); only `import type` does not.
      ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
      ImportExpression: (node) => add(node.source, false),
      TSImportType: (node) => add(node.source, true),
    }).visit(program);
  }
  return edges;
}

function sourcesBelow(directory) {
  const files = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(?<!\.test|\.d)\.ts$/.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return new Set(files.sort());
}

/** The `imports` of a package.json (`#curve`), as the sources its outputs are made of. */
function aliasesOf(directory) {
  const { imports = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const targets = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(targets));
  return Object.fromEntries(
    Object.entries(imports).map(([word, value]) => [
      word,
      targets(value).map((path) => path.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')),
    ]),
  );
}

/** The strongly connected components of more than one member (Tarjan, without recursion), members in order. */
function circlesIn(edges) {
  const next = new Map();
  for (const { from, to } of edges) {
    if (!next.has(from)) next.set(from, new Set());
    if (!next.has(to)) next.set(to, new Set());
    if (from !== to) next.get(from).add(to);
  }
  const found = [];
  const [order, low, stack, open] = [new Map(), new Map(), [], new Set()];
  for (const root of next.keys()) {
    if (order.has(root)) continue;
    const path = [];
    const enter = (node) => {
      order.set(node, order.size);
      low.set(node, order.get(node));
      stack.push(node);
      open.add(node);
      path.push({ node, rest: [...next.get(node)] });
    };
    enter(root);
    while (path.length > 0) {
      const { node, rest } = path.at(-1);
      const child = rest.pop();
      if (child === undefined) {
        path.pop();
        const above = path.at(-1);
        if (above) low.set(above.node, Math.min(low.get(above.node), low.get(node)));
        if (low.get(node) !== order.get(node)) continue;
        const members = stack.splice(stack.indexOf(node));
        for (const member of members) open.delete(member);
        if (members.length > 1) found.push(members.sort());
      } else if (!order.has(child)) enter(child);
      else if (open.has(child)) low.set(node, Math.min(low.get(node), order.get(child)));
    }
  }
  return found;
}

function print(root, found) {
  const names = packagesOf(root);
  const wide = Math.max(...names.map((name) => name.length), 7) + 2;
  console.log(
    `${'package'.padEnd(wide)}${Object.keys(kinds)
      .map((of) => of.padStart(26))
      .join('')}`,
  );
  for (const name of names) {
    const cells = Object.keys(kinds).map((of) => {
      const sizes = found
        .filter((circle) => circle.package === name && circle.of === of)
        .map(({ members }) => members.length);
      return (sizes.length === 0 ? '0' : `${sizes.length} (of ${sizes.sort((a, b) => b - a).join(', ')})`).padStart(26);
    });
    console.log(`${name.padEnd(wide)}${cells.join('')}`);
  }
  for (const circle of found)
    console.log(
      `\n${circle.package}, ${circle.of}, ${circle.members.length} members:\n  ${circle.members.join('\n  ')}`,
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
  const root = resolve(process.argv[2] ?? checkout);
  const found = findCircles(root);
  print(root, found);
  if (found.length > 0) process.exitCode = 1;
}
