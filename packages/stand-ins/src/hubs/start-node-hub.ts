import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Address,
  addressOf,
  CallableError,
  type Digest,
  defaultPolicy,
  endWithin,
  hubOfStatement,
  type LeaseRequest,
  type Manifest,
  parseManifest,
  problemOf,
  type Statement,
  type Task,
  type TaskResult,
  verifyRequest,
  verifyStatement,
} from '@callable/protocol';
import { sha256 } from '../files/sha256.ts';
import { randomKey } from '../keys/random-key.ts';

export type NodeHub = AsyncDisposable & {
  url: string;
  /** Adds a release; its files are served by their sha256. */
  add(manifest: Manifest, files: readonly Uint8Array[]): Digest;
  /** Offers a task to whoever leases next; resolves with what was handed in. */
  offer(
    kind: 'validate' | 'warm' | 'recompute',
    release: Digest,
    leaseMs?: number,
    round?: string,
  ): Promise<{ result: TaskResult; node: Address }>;
  statements: Statement[];
  /** Every lease request that arrived, newest last. */
  leases: LeaseRequest[];
  /** Requests for files as `sha256 range`, in order. */
  fileRequests: { sha256: string; range: string | undefined }[];
  extensions: number;
  /** Emits `lease`, `complete`, `statement`, `file`. */
  events: EventEmitter;
  /** Replaces how files are answered; returns false to leave it to the hub. */
  serveFile: (response: ServerResponse, sha256: string, offset: number, bytes: Buffer) => boolean;
  /** What GET /v1/releases/{digest} answers as the manifest. */
  serveManifest: (manifest: Manifest) => Manifest;
  /** The Walrus blobs GET /v1/releases/{digest} tells of. */
  blobs: unknown[];
  /** While set, every request is answered with this problem. */
  refuse: CallableError | null;
  /** How many were answered so. */
  refused: number;
  /** The next extension of a lease is refused. */
  loseLeases: boolean;
};

/** The routes of a hub that a node uses, in memory, strict about signatures and tokens. */
export async function startNodeHub({ port = 0 }: { port?: number } = {}): Promise<NodeHub> {
  const releases = new Map<string, Manifest>();
  const files = new Map<string, Buffer>();
  const tasks: (Task & { done: (result: TaskResult, node: Address) => void })[] = [];
  const leased = new Map<string, (typeof tasks)[number] & { node: Address }>();
  const address = addressOf(randomKey());

  const hub: NodeHub = {
    url: '',
    add(manifest, contents) {
      const verdict = parseManifest(manifest);
      if (!verdict.ok) throw new Error(verdict.message);
      releases.set(verdict.digest, manifest);
      for (const bytes of contents) files.set(sha256(bytes), Buffer.from(bytes));
      return verdict.digest;
    },
    offer: (kind, release, leaseMs = 30_000, round = undefined) =>
      new Promise((resolve) => {
        const task: Task = { id: randomUUID(), kind, release, token: randomUUID(), leaseMs, epoch: 1 };
        tasks.push({ ...task, ...(round ? { round } : {}), done: (result, node) => resolve({ result, node }) });
        hub.events.emit('task');
      }),
    statements: [],
    leases: [],
    fileRequests: [],
    extensions: 0,
    events: new EventEmitter().setMaxListeners(100),
    serveFile: () => false,
    serveManifest: (manifest) => manifest,
    blobs: [],
    refuse: null,
    refused: 0,
    loseLeases: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://hub');
    const body = await readBody(request);
    if (hub.refuse) {
      hub.refused++;
      throw hub.refuse;
    }
    const [, , noun = '', id = '', action = ''] = url.pathname.split('/');
    const route = `${request.method} ${noun}`;
    if (route === 'GET network')
      return sendJson(response, {
        hub: address,
        software: 'fake',
        policy: defaultPolicy,
        gateways: [],
        limits: { releaseBytes: 2 ** 40, manifestBytes: 512 * 1024 },
      });
    if (route === 'GET releases') {
      const manifest = releases.get(decodeURIComponent(id));
      if (!manifest) throw new CallableError('ReleaseNotFound');
      return sendJson(response, {
        reference: `${manifest.publisher}/${manifest.name}@${manifest.version}`,
        digest: decodeURIComponent(id),
        handle: null,
        publishedAt: new Date(0).toISOString(),
        manifest: hub.serveManifest(structuredClone(manifest)),
        callable: false,
        conditions: [],
        blobs: hub.blobs,
      });
    }
    if (route === 'GET files') return sendFile(request, response, id);
    if (route === 'POST statements') {
      const statement = JSON.parse(body.toString()) as Statement;
      const verdict = verifyStatement(statement, Date.now());
      if (!verdict.ok) throw new CallableError(verdict.reason);
      if (hubOfStatement(statement) !== address) throw new CallableError('AudienceMismatch');
      const known = hub.statements.findIndex((other) => other.signature === statement.signature);
      if (known < 0) hub.statements.push(statement);
      hub.events.emit('statement', statement);
      return sendJson(response, {
        seq: hub.statements.length,
        id: `sha256:${sha256(body)}`,
        loggedAt: new Date(0).toISOString(),
        statement,
      });
    }
    if (route !== 'POST tasks') throw new CallableError('RouteNotFound');
    const node = signerOf(request, url, body, address);
    if (!hub.statements.some((s) => s.kind === 'node.joined' && s.signer === node))
      throw new CallableError('NodeNotFound');
    if (id === 'lease') {
      const lease = JSON.parse(body.toString()) as LeaseRequest;
      hub.leases.push(lease);
      hub.events.emit('lease', lease);
      const task = await nextTask(Math.min(lease.waitMs, 2_000), response);
      if (!task) return sendJson(response, { task: null });
      leased.set(task.id, { ...task, node });
      const { done: _, ...view } = task;
      return sendJson(response, { task: view });
    }
    const task = leased.get(id);
    const { token } = JSON.parse(body.toString()) as { token: string };
    if (!task) throw new CallableError('TaskNotFound');
    if (hub.loseLeases || task.token !== token || task.node !== node) throw new CallableError('LeaseLost');
    if (action === 'extend') {
      hub.extensions++;
      const { done: _, node: __, ...view } = task;
      return sendJson(response, view);
    }
    task.done(JSON.parse(body.toString()) as TaskResult, node);
    response.writeHead(204).end();
    hub.events.emit('complete');
  }

  function sendFile(request: IncomingMessage, response: ServerResponse, id: string): void {
    const bytes = files.get(id);
    const range = request.headers.range;
    hub.fileRequests.push({ sha256: id, range });
    hub.events.emit('file', id);
    const [, first = '0', last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const offset = Number(first);
    if (hub.serveFile(response, id, offset, bytes ?? Buffer.alloc(0))) return;
    if (!bytes) throw new CallableError('BlobNotFound');
    const part = bytes.subarray(offset, last ? Number(last) + 1 : bytes.length);
    response.writeHead(range ? 206 : 200, { 'content-length': part.length }).end(part);
  }

  async function nextTask(waitMs: number, response: ServerResponse) {
    const ended = new AbortController();
    response.on('close', () => ended.abort());
    const timeout = endWithin(waitMs, ended.signal);
    while (tasks.length === 0 && !timeout.aborted)
      await once(hub.events, 'task', { signal: timeout }).catch(() => undefined);
    return ended.signal.aborted ? null : (tasks.shift() ?? null);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const known = error instanceof CallableError ? error : new CallableError('Internal', String(error));
      if (response.headersSent) response.destroy();
      else sendJson(response, problemOf(known, 'test'), known.status);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub;
}

function signerOf(request: IncomingMessage, { pathname: path }: URL, body: Buffer, hub: Address): Address {
  const verdict = verifyRequest(
    {
      ...{ method: request.method ?? '', path, body: sha256(body), headers: request.headers },
      isFor: (audience) => audience === hub,
    },
    Date.now(),
  );
  if (!verdict.ok) throw new CallableError(verdict.reason);
  return verdict.signer;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
