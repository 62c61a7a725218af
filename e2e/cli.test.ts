import { execFile } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { type Condition, conditionTypes, type Manifest, toHex } from '@callable/protocol';
import { createUser, publishDirectly } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTree } from './support/find-processes.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { type CallableProcess, spawnCallable } from './support/spawn-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';
import { startNodeProcess } from './support/start-node-process.ts';

let place: Awaited<ReturnType<typeof openTempDir>>;
let root = '';
let url = '';
let network: NetworkProcess;

type Ended = { code: number | null; out: string; err: string; json: () => Document };
/** What some command prints with --json; each test reads its own part. */
type Document = {
  reference: string;
  callable: boolean;
  conditions: Condition[];
  outputs: Record<string, unknown>;
  releases: unknown[];
  manifest: Manifest;
  error: { code: string; message: string; next: string };
};

const start = (words: string[], env: Record<string, string> = {}): CallableProcess =>
  spawnCallable(words, {
    home: root,
    env: { CALLABLE_HOME: join(root, 'home'), CALLABLE_HUB: url, ...env },
  });

const run = (...words: string[]): Promise<Ended> => ended(start(words));

async function ended(child: CallableProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.ended;
  return { code, out: stdout, err: stderr, json: () => JSON.parse(stdout) };
}

async function startHere(examples: boolean): Promise<void> {
  network = await startNetwork({ dataDir: join(root, 'network'), home: root, examples });
  url = network.url;
  // All it says, so that a script may read one line.
  expect(JSON.parse(network.process.stdout())).toEqual({
    ready: true,
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    nodes: [{ node: expect.stringMatching(/^0x[0-9a-f]{40}$/), pid: network.process.pid }],
  });
}

const double: ModelSpec = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['N', 2] }],
  outputs: [{ name: 'Y', datatype: 'FP32', shape: ['N', 2] }],
  nodes: [{ op: 'Add', inputs: ['X', 'X'], outputs: ['Y'] }],
};

async function writeModel(name: string, spec: ModelSpec = double): Promise<string> {
  const file = join(root, name);
  await writeFile(file, buildModel(spec));
  return file;
}

beforeAll(async () => {
  place = await openTempDir();
  root = place.path;
  await startHere(false);
}, 180_000);

afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

describe('a stranger publishes, another calls', () => {
  let reference = '';

  it('publish ends with everything a script relies on, and a key only its owner can read', async () => {
    const file = await writeModel('double.onnx');
    await writeFile(join(root, 'in.json'), '{"X": [[1, 2.5], [3, 4]]}');
    const { code, json, err } = await run('publish', file, '--name', 'double', '--example', 'in.json', '--json');
    expect(err).toContain('Made your key 0x');
    expect(code).toBe(0);
    const document = json();
    reference = document.reference;
    expect(document).toMatchObject({
      reference: expect.stringMatching(/^0x[0-9a-f]{40}\/double@0\.1\.0$/),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      callable: true,
      timings: { readMs: expect.any(Number), reachableMs: expect.any(Number), totalMs: expect.any(Number) },
      notices: [],
    });
    expect(document.conditions.map(({ type }: { type: string }) => type)).toEqual([...conditionTypes]);
    expect((await stat(join(root, 'home', 'key'))).mode & 0o777).toBe(0o600);
  });

  it('publishing the same again says so and changes nothing', async () => {
    const again = await run('publish', 'double.onnx', '--name', 'double', '--example', 'in.json');
    expect(again.code).toBe(0);
    expect(again.err).toContain('was published already with the same content; nothing changed');
    expect(again.out).toMatch(new RegExp(`^curl ${url}/v1/run/${reference} -d '.*'\\n$`));
  });

  it('the printed curl works', async () => {
    const { out } = await run('publish', 'double.onnx', '--name', 'double', '--example', 'in.json');
    const { stdout } = await promisify(execFile)('sh', ['-c', out.trim().replace('curl ', 'curl -sS ')]);
    expect(JSON.parse(stdout).outputs).toEqual({
      Y: [
        [2, 5],
        [6, 8],
      ],
    });
  });

  it('call answers from JSON, a file and a key of its own; a stranger makes it Worked', async () => {
    const plain = await run('call', reference, '--input', '{"X": [[0.5, -7]]}');
    expect(plain).toMatchObject({ code: 0, out: '{\n  "Y": [[1,-14]]\n}\n' });
    const stranger = await ended(
      start(['call', reference, '--input', 'in.json', '--json'], { CALLABLE_KEY: '22'.repeat(32) }),
    );
    expect(stranger.json()).toMatchObject({
      release: reference,
      outputs: {
        Y: [
          [2, 5],
          [6, 8],
        ],
      },
      ms: expect.any(Number),
    });
    await expect
      .poll(async () => (await run('status', reference, '--json')).json().conditions[4], { timeout: 30_000 })
      .toMatchObject({ type: 'Worked', status: 'True', reason: 'CalledIndependently' });
  });

  it('status and list tell it to people and to scripts', async () => {
    const status = await run('status', reference);
    expect(status.code).toBe(0);
    for (const type of conditionTypes) expect(status.out).toContain(type);
    const list = await run('list', '--search', 'double', '--callable', '--json');
    expect(list.json().releases).toEqual([expect.objectContaining({ reference, callable: true })]);
  });

  it('a handle can stand for the address', async () => {
    expect((await run('key', 'claim', 'acme')).code).toBe(0);
    expect((await run('call', 'acme/double', '--input', '{"X": [[1, 1]]}', '--json')).json().outputs).toEqual({
      Y: [[2, 2]],
    });
    const taken = await ended(start(['key', 'claim', 'acme', '--json'], { CALLABLE_KEY: '22'.repeat(32) }));
    expect(taken).toMatchObject({ code: 1 });
    expect(taken.json().error.code).toBe('HandleTaken');
  });

  it('the shapes and labels a graph does not declare come from a run', async () => {
    const file = await writeModel('open.onnx', { ...double, outputs: [{ name: 'Y', datatype: 'FP32' }] });
    const { code, json } = await run('publish', file, '--json');
    expect(code).toBe(0);
    const view = (await run('status', json().reference, '--json')).json();
    expect(view.manifest.outputs).toEqual([{ name: 'Y', datatype: 'FP32', shape: [-1, 2] }]);
  });
});

describe('numbers beyond 2^53', () => {
  const ids = '[9223372036854775807,-9223372036854775808,9007199254740993]';
  const example = `{"ids": ${ids}, "big": [18446744073709551615], "f": [-0.0, 1.5e20, "NaN"]}`;
  const shown = { ids, big: '[18446744073709551615]', f: '[-0,1.5e+20,"NaN"]' };
  const same = (name: string, datatype: 'INT64' | 'UINT64' | 'FP32') => ({ name, datatype, shape: ['N'] });
  const names = ['ids', 'big', 'f'] as const;
  const echo: ModelSpec = {
    inputs: [same('ids', 'INT64'), same('big', 'UINT64'), same('f', 'FP32')],
    outputs: [same('ids2', 'INT64'), same('big2', 'UINT64'), same('f2', 'FP32')],
    nodes: names.map((name) => ({ op: 'Identity', inputs: [name], outputs: [`${name}2`] })),
  };
  let reference = '';
  let saved = '';
  const verify = async (name: string, text: string) => {
    await writeFile(join(root, name), text);
    return run('verify', name);
  };

  it('go from an example in a file to the wire and back by the printed curl line', async () => {
    const file = await writeModel('echo.onnx', echo);
    await writeFile(join(root, 'edges.json'), example);
    const { code, out } = await run('publish', file, '--name', 'echo', '--example', 'edges.json');
    expect(code).toBe(0);
    reference = /v1\/run\/(\S+)/.exec(out)?.[1] ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', out.trim().replaceAll('curl ', 'curl -sS ')]);
    expect(stdout).toContain(`{"outputs":{"ids2":${shown.ids},"big2":${shown.big},"f2":${shown.f}}`);
  });

  it('and by callable call; what no INT64 is, is refused by its name and not rounded', async () => {
    const { out } = await run('call', reference, '--input', 'edges.json');
    expect(out).toBe(`{\n${names.map((name) => `  "${name}2": ${shown[name]}`).join(',\n')}\n}\n`);
    saved = (await run('call', reference, '--input', 'edges.json', '--json')).out;
    expect(saved).toContain(`"ids2":${shown.ids}`);
    for (const [value, said] of [
      ['9223372036854775808', '`ids` holds 9223372036854775808; send whole numbers from -9223372036854775808 to'],
      ['9007199254740993.0', '`ids` holds 9007199254740993.0; send whole numbers beyond 2^53 with all their digits'],
    ] as const) {
      const refused = await run('call', reference, '--input', example.replace('9223372036854775807', value));
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(said)]);
    }
  });

  it('attack: an answer that was altered after it was saved is found, and one without its proof proves nothing', async () => {
    expect((await verify('saved.json', saved)).code).toBe(0);
    const altered = await verify(
      'altered.json',
      saved.replace('"ids2":[9223372036854775807', '"ids2":[9223372036854775806'),
    );
    expect([altered.code, altered.out]).toEqual([
      1,
      expect.stringContaining('✗ outputs  They, or the salt beside them, are not what the node signed.'),
    ]);
    const { receipt } = JSON.parse(saved) as { receipt: object };
    const bare = await verify('bare.json', JSON.stringify(receipt));
    expect([bare.code, bare.out.split('\n')[0]]).toEqual([
      4,
      expect.stringMatching(/^Not proved: outputs not checked\. /),
    ]);
  });
});

describe('bad input', () => {
  it.each<[string, string[], number, string]>([
    ['no such file', ['publish', 'none.onnx'], 1, 'FileUnreadable'],
    ['not a model', ['publish', 'text.onnx'], 1, 'NotAModel'],
    ['an LFS pointer', ['publish', 'lfs.onnx'], 1, 'LfsPointer'],
    ['a truncated model', ['publish', 'short.onnx'], 1, 'Truncated'],
    ['an operator nobody has', ['publish', 'nope.onnx'], 1, 'UnsupportedOperator'],
    ['an example with a wrong name', ['publish', 'good.onnx', '--example', 'wrong-name.json'], 1, 'ExampleInvalid'],
    ['an example of a wrong type', ['publish', 'good.onnx', '--example', 'wrong-type.json'], 1, 'ExampleInvalid'],
    ['an example of a wrong shape', ['publish', 'good.onnx', '--example', 'wrong-shape.json'], 1, 'ExampleInvalid'],
    ['an example that is no JSON', ['publish', 'good.onnx', '--example', 'text.onnx'], 1, 'ExampleInvalid'],
    ['an example the model fails on', ['publish', 'gather.onnx', '--example', 'beyond.json'], 1, 'ExampleFailed'],
    ['a version that exists', ['publish', 'good.onnx', '--name', 'double'], 1, 'VersionExists'],
    ['a name outside the grammar', ['publish', 'good.onnx', '--name', 'No Good'], 2, 'NameInvalid'],
    ['a version outside the grammar', ['publish', 'good.onnx', '--version', '1.0'], 2, 'NameInvalid'],
    ['an unknown flag', ['publish', 'good.onnx', '--exmaple', 'x'], 2, 'UsedWrongly'],
    ['a release nobody published', ['call', 'acme/nothing', '--input', '{}'], 1, 'ReleaseNotFound'],
    ['a call with a wrong name', ['call', 'acme/double', '--input', '{"x": [[1, 2]]}'], 1, 'InvalidInput'],
  ])('%s ends with its reason', async (_, words, exitCode, reason) => {
    const good = buildModel({
      ...double,
      outputs: [{ name: 'Y', datatype: 'FP32', shape: ['N', 2] }],
      producer: 'other',
    });
    await Promise.all([
      writeFile(join(root, 'text.onnx'), 'hello, I am a text file and nothing else'),
      writeFile(join(root, 'lfs.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'),
      writeFile(join(root, 'good.onnx'), good),
      writeFile(join(root, 'short.onnx'), good.subarray(0, good.length - 20)),
      writeModel('nope.onnx', { ...double, nodes: [{ op: 'Nope', inputs: ['X'], outputs: ['Y'] }] }),
      writeModel('gather.onnx', {
        inputs: [{ name: 'i', datatype: 'INT64', shape: [1] }],
        outputs: [{ name: 'o', datatype: 'FP32', shape: [1] }],
        nodes: [{ op: 'Gather', inputs: ['w', 'i'], outputs: ['o'] }],
        initializers: [{ name: 'w', datatype: 'FP32', shape: [2], values: [1, 2] }],
      }),
      writeFile(join(root, 'wrong-name.json'), '{"x": [[1, 2]]}'),
      writeFile(join(root, 'wrong-type.json'), '{"X": [["a", 2]]}'),
      writeFile(join(root, 'wrong-shape.json'), '{"X": [[1, 2, 3]]}'),
      writeFile(join(root, 'beyond.json'), '{"i": [7]}'),
    ]);
    const { code, json } = await run(...words, '--json');
    expect(json().error).toMatchObject({
      code: reason,
      message: expect.any(String),
      next: expect.stringMatching(/\S/),
    });
    expect(code).toBe(exitCode);
  });

  it('a model that fails for good on the nodes ends with 3, and says why', async () => {
    const user = createUser(url);
    const publish = async (...words: string[]) =>
      ended(
        start(['publish', 'double.onnx', '--example', 'in.json', '--json', ...words], {
          CALLABLE_KEY: toHex(user.key),
        }),
      );
    // By a tool of one's own: ours compares before it publishes.
    const { manifest } = (await publish('--dry-run')).json();
    const vectors = [
      {
        ...manifest.vectors[0],
        outputs: {
          Y: [
            [2, 5],
            [6, 9],
          ],
        },
      },
    ] as Manifest['vectors'];
    await publishDirectly(user, { manifest: { ...manifest, vectors }, files: [buildModel(double)] });
    const { code, json } = await publish();
    expect(code).toBe(3);
    expect(json()).toMatchObject({ callable: false });
    expect(json().conditions[2]).toMatchObject({ type: 'Verified', status: 'False', reason: 'VectorFailed' });
    expect((await run('status', json().reference)).code).toBe(3);
  });

  it('a hub that is down is named, and nothing but the command has to be repeated', async () => {
    const { code, json } = await run('publish', 'good.onnx', '--hub', 'http://127.0.0.1:9', '--json');
    expect(code).toBe(1);
    expect(json().error).toMatchObject({
      code: 'HubUnreachable',
      message: expect.stringContaining('http://127.0.0.1:9'),
    });
  });
});

it('Ctrl-C during a publish leaves nothing behind, and the same command continues', async () => {
  const file = await writeModel('large.onnx', {
    ...double,
    initializers: [
      { name: 'w', datatype: 'UINT8', shape: [2 ** 25], raw: new Uint8Array(2 ** 25).map((_, i) => (i * 31) >> 3) },
    ],
  });
  const child = start(['publish', file, '--json'], { TMPDIR: root });
  const result = ended(child);
  child.child.stderr?.on('data', (piece) => /Manifest/.test(String(piece)) && child.child.kill('SIGINT'));
  expect(await result).toMatchObject({ code: 130 });
  expect((await result).json().error.code).toBe('Interrupted');
  expect((await readdir(root)).filter((name) => name.startsWith('callable-'))).toEqual([]);
  expect((await run('publish', file, '--json')).json()).toMatchObject({ callable: true });
});

it('two processes at once make one key', async () => {
  const env = { CALLABLE_HOME: join(root, 'fresh-home') };
  const shown = await Promise.all([1, 2, 3].map(() => ended(start(['key', 'show'], env))));
  expect(new Set(shown.map(({ out }) => out)).size).toBe(1);
});

it("a second node joins with a key of its own and nobody's approval, and leaves on Ctrl-C", async () => {
  const { node, process } = await startNodeProcess(url, join(root, 'node2'), root);
  const nodes = await (await fetch(`${url}/v1/nodes`, { headers: { connection: 'close' } })).json();
  expect(nodes.nodes.map((each: { node: string }) => each.node)).toContain(node);
  process.child.kill('SIGINT');
  expect((await process.ended).code).toBe(0);
});

it('Ctrl-C ends every process of the network, and the next start continues from the same data', async () => {
  const tree = await findTree(network.process.pid);
  expect(tree.length).toBeGreaterThan(2);
  expect(await network.stop()).toBe(0);
  expect((await Promise.all(tree.map(({ pid }) => findTree(pid)))).flat()).toEqual([]);
  expect(await network.leftovers()).toEqual([]);
  await startHere(true);
  expect((await run('call', 'acme/double', '--input', '{"X": [[4, 4]]}', '--json')).json().outputs).toEqual({
    Y: [[8, 8]],
  });
  const list = (await run('list', '--callable', '--search', 'iris', '--json')).json();
  expect(list.releases).toHaveLength(1);
}, 180_000);
