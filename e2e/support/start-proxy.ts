import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../packages/storage/test/free-port.ts';
import { untilAnswering } from '../../packages/storage/test/until-answering.ts';

/** Workers of nginx are nobody otherwise, and may not keep a body in a directory of the test. */
const asRoot = process.getuid?.() === 0 ? 'user root; ' : '';

/** How each is started with the lines of docs/operations.md, on loopback and without TLS. */
const programs = {
  nginx: {
    fence: 'nginx',
    knowsItself: ['-v'],
    configure: (lines: string, directory: string) =>
      `${asRoot}daemon off; pid ${directory}/pid; error_log stderr; worker_processes 1;\nevents {}\nhttp {\naccess_log off;\n` +
      ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((x) => `${x}_temp_path ${directory}/${x};\n`).join('') +
      `${lines}\n}\n`,
    listenTo: 'listen 443 ssl;',
    listen: (port: number) => `listen 127.0.0.1:${port};`,
    words: (file: string, directory: string) => ['-p', directory, '-c', file],
  },
  caddy: {
    fence: 'caddy',
    knowsItself: ['version'],
    configure: (lines: string) => `{\n  admin off\n  auto_https off\n}\n${lines}\n`,
    listenTo: 'hub.example {',
    listen: (port: number) => `http://127.0.0.1:${port} {`,
    words: (file: string) => ['run', '--config', file, '--adapter', 'caddyfile'],
  },
};
export type ProxyName = keyof typeof programs;

/** Debian keeps nginx where a user's PATH does not look. */
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` };

/** Null when this proxy is installed; else why it cannot be tried. In CI that is a failure, never a skip. */
export function missingProxy(name: ProxyName): string | null {
  const found = spawnSync(name, programs[name].knowsItself, { env, stdio: 'ignore' });
  return found.error ? `${name} is not installed (Debian: apt-get install nginx-light caddy).` : null;
}

export type RunningProxy = AsyncDisposable & { url: string };

/** As somebody sets it up who has read nothing: 1 MB a body, no header that says whence, all of it held back. */
export const untoldNginx = 'server { listen 443 ssl; location / { proxy_pass http://127.0.0.1:4600; } }';

/** A real proxy in front of the server at this URL, set up as the operations page says or by these lines. */
export async function startProxy(
  name: ProxyName,
  target: string,
  directory: string,
  own?: string,
): Promise<RunningProxy> {
  const program = programs[name];
  const port = await freePort();
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const lines = own ?? new RegExp(`\`\`\`${program.fence}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (!lines?.includes(program.listenTo) || !lines.includes('127.0.0.1:4600'))
    throw new Error(`docs/operations.md does not say how ${name} is set up.`);
  const { host } = new URL(target);
  const told = lines.replace(program.listenTo, program.listen(port)).replace('127.0.0.1:4600', host);
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'proxy.conf');
  await writeFile(file, program.configure(told, directory));
  const home = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  const child = spawn(name, program.words(file, directory), {
    env: { ...env, ...home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (piece) => {
    said = `${said}${piece}`.slice(-4000);
  });
  const ended = once(child, 'exit');
  await Promise.race([
    untilAnswering(port),
    ended.then(() => Promise.reject(new Error(`${name} ended before it listened: ${said}`))),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await end(child, ended);
    },
  };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}
