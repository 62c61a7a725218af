import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each breaks one rule of docs/architecture.md. A fence nobody tests goes blind without a sound. */
const violations = [
  {
    file: 'packages/protocol/src/reads-disk.ts',
    code: "import { readFile } from 'node:fs/promises';\nexport const read = readFile;\n",
    rule: 'noNodejsModules',
  },
  {
    file: 'packages/formats/src/onnx/reads-disk.ts',
    code: "import { readFile } from 'node:fs/promises';\nexport const read = readFile;\n",
    rule: 'noNodejsModules',
  },
  {
    file: 'packages/sdk/src/reads-disk.ts',
    code: "import { readFile } from 'node:fs/promises';\nexport const read = readFile;\n",
    rule: 'noNodejsModules',
  },
  {
    file: 'packages/protocol/src/knows-hub.ts',
    code: "import { startHub } from '@callable/hub';\nexport const start = startHub;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/disk/src/knows-storage.ts',
    code: "import { LocalBlobStore } from '@callable/storage';\nexport const store = LocalBlobStore;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/http/src/knows-sdk.ts',
    code: "import { createClient } from '@callable/sdk';\nexport const create = createClient;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/protocol/src/opens-typebox.ts',
    code: "import { Type } from 'typebox';\nexport const text = Type.String();\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/gateway/src/knows-hub.ts',
    code: "import { startHub } from '@callable/hub';\nexport const start = startHub;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/node/src/knows-gateway.ts',
    code: "import { startGateway } from '@callable/gateway';\nexport const start = startGateway;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/postgres/src/knows-hub.ts',
    code: "import { startHub } from '@callable/hub';\nexport const start = startHub;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/hub/src/knows-sdk.ts',
    code: "import { createClient } from '@callable/sdk';\nexport const create = createClient;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/hub/src/releases/knows-http.ts',
    code: "import { fastify } from 'fastify';\nexport const make = fastify;\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/hub/src/releases/knows-door.ts',
    code: "import { releaseRoutes } from '../routes/releases.ts';\nexport const door = releaseRoutes;\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/gateway/src/routing/knows-http.ts',
    code: "import { fastify } from 'fastify';\nexport const make = fastify;\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/node/src/serving/loads-native.ts',
    code: "import * as ort from 'onnxruntime-node';\nexport const runtime = ort;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/runtime/src/knows-node.ts',
    code: "import { startNode } from '@callable/node';\nexport const start = startNode;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/node/src/serving/knows-http.ts',
    code: "import { fastify } from 'fastify';\nexport const make = fastify;\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/node/src/knows-stand-ins.ts',
    code: "import { describeFile } from '@callable/stand-ins';\nexport const describe = describeFile;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/storage/src/knows-stand-ins.ts',
    code: "import { describeFile } from '@callable/stand-ins';\nexport const describe = describeFile;\n",
    rule: 'noUndeclaredDependencies',
  },
  {
    file: 'packages/runtime/src/loads-native.ts',
    code: "import * as ort from 'onnxruntime-node';\nexport const runtime = ort;\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/runtime/src/adjudicator/loads-wasm.ts',
    code: "import * as ort from 'onnxruntime-web/wasm';\nexport const runtime = ort;\n",
    rule: 'noRestrictedImports',
  },
  {
    file: 'packages/hub/src/path/forgets-its-deadline.ts',
    code: 'export const until = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(1000)]);\n',
    rule: 'plugin',
  },
  {
    file: 'packages/sdk/src/forgets-its-deadline.ts',
    code: 'const { timeout } = AbortSignal;\nexport const until = () => AbortSignal.any([timeout(1000)]);\n',
    rule: 'plugin',
  },
] as const;

describe('the fences between the rooms', () => {
  let copy: string;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'callable-fences-'));
    for (const name of ['biome.json', 'package.json', '.gitignore']) await cp(join(root, name), join(copy, name));
    await cp(join(root, 'scripts', 'deadlines.grit'), join(copy, 'scripts', 'deadlines.grit'));
    for (const name of await readdir(join(root, 'packages'))) {
      // What a renamed package leaves behind: its ignored output.
      if (!existsSync(join(root, 'packages', name, 'package.json'))) continue;
      await mkdir(join(copy, 'packages', name), { recursive: true });
      await cp(join(root, 'packages', name, 'package.json'), join(copy, 'packages', name, 'package.json'));
    }
    for (const { file, code } of violations) await plant(file, code);
    await plant('packages/hub/src/a.ts', "import { b } from './b.ts';\nexport const a = () => b;\n");
    await plant('packages/hub/src/b.ts', "import { a } from './a.ts';\nexport const b = () => a;\n");
    await plant(
      'packages/hub/src/routes/innocent.ts',
      "import { fastify } from 'fastify';\n\nexport const make = fastify;\n",
    );
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  async function plant(file: string, code: string): Promise<void> {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), code);
  }

  it.each(violations)('$rule bites in $file', async ({ file, rule }) => {
    expect(await lint(join(copy, file))).toContain(rule);
  });

  it('noImportCycles bites', async () => {
    expect(await lint(join(copy, 'packages/hub/src/a.ts'))).toContain('noImportCycles');
  });

  it('does not bite a route that knows HTTP', async () => {
    expect(await lint(join(copy, 'packages/hub/src/routes/innocent.ts'))).toBe('');
  });

  /** The rules that were broken, as the linter reports them. */
  function lint(file: string): Promise<string> {
    const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    return new Promise((resolve) => {
      execFile(process.execPath, [biome, 'lint', '--colors=off', file], { cwd: copy }, (_error, stdout, stderr) => {
        const broken = `${stdout}${stderr}`.matchAll(/lint\/\w+\/(\w+)|:\d+:\d+ (plugin) /g);
        resolve([...broken].map(([, rule, plugin]) => rule ?? plugin).join(' '));
      });
    });
  }
});
