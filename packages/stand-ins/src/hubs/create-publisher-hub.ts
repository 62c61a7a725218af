import {
  addressOf,
  chunkBytes,
  type Digest,
  digestJson,
  formatReleaseRef,
  type Manifest,
  type PublishRequest,
  type ReleaseView,
  requestHeaders,
  type UploadRequest,
} from '@callable/protocol';
import { sha256 } from '../files/sha256.ts';
import { randomKey } from '../keys/random-key.ts';
import { problem } from './problem.ts';
import { standing } from './standing.ts';

type Chunk = { file: string; index: number; sha256: string; size: number };

/** A hub in memory, behind `fetch`: uploads, publishing, releases and their events, as the API describes them. */
export function createPublisherHub() {
  const chunks = new Map<string, Uint8Array>();
  const uploads = new Map<string, Chunk[]>();
  const releases = new Map<Digest, ReleaseView>();
  const requests: string[] = [];
  const address = addressOf(randomKey());
  /** What is answered instead, once, to the next request whose `METHOD /path` starts like this. */
  const faults: { match: string; answer: () => Response | Promise<Response> }[] = [];
  /** The views an event stream shows, one after another; then it ends. */
  let script: ((view: ReleaseView) => ReleaseView)[] = [(view) => view];

  const missing = (id: string) => (uploads.get(id) ?? []).filter((chunk) => !chunks.has(chunk.sha256));
  const uploadView = (id: string) =>
    json({ id, chunkBytes, missing: missing(id), expiresAt: new Date(0).toISOString() });

  const find = (reference: string) => {
    const named = [...releases.values()].filter(
      (view) => view.digest === reference || view.reference === reference || view.reference.startsWith(`${reference}@`),
    );
    return named.at(-1);
  };

  const routes: [RegExp, (match: string[], request: { method: string; body: Uint8Array }) => Response][] = [
    [
      /^POST \/v1\/uploads$/,
      (_, { body }) => {
        const { files } = parse(body) as UploadRequest;
        const id = `u${uploads.size + 1}`;
        uploads.set(
          id,
          files.flatMap(({ sha256: file, size, chunks: hashes }) =>
            hashes.map((sha256, index) => ({
              file,
              index,
              sha256,
              size: Math.min(chunkBytes, size - index * chunkBytes),
            })),
          ),
        );
        return uploadView(id);
      },
    ],
    [
      /^PUT \/v1\/uploads\/(\w+)\/files\/(\w+)\/chunks\/(\d+)$/,
      ([, id = '', file, index], { body }) => {
        const chunk = uploads.get(id)?.find((each) => each.file === file && each.index === Number(index));
        if (!chunk) return problem('ChunkUnknown');
        if (sha256(body) !== chunk.sha256) return problem('ChunkMismatch');
        chunks.set(chunk.sha256, body);
        return new Response(null, { status: 204 });
      },
    ],
    [/^POST \/v1\/uploads\/(\w+)\/complete$/, ([, id = '']) => uploadView(id)],
    [
      /^POST \/v1\/releases$/,
      (_, { body }) => {
        const { manifest } = parse(body) as PublishRequest & { manifest: Manifest };
        const reference = formatReleaseRef(manifest);
        const digest = digestJson(manifest);
        const existing = find(reference);
        if (existing && existing.digest !== digest) return problem('VersionExists');
        const view: ReleaseView = {
          ...{ reference, digest, handle: null, publishedAt: new Date(0).toISOString(), manifest },
          ...standing(['True', 'Unknown', 'Unknown', 'Unknown', 'Unknown']),
        };
        if (!existing) releases.set(digest, view);
        return json({ reference, digest, created: !existing });
      },
    ],
    [
      /^GET \/v1\/releases\?(.*)$/,
      () =>
        json({
          releases: [...releases.values()].map((view) => ({
            ...view,
            ...{ manifest: undefined, title: null, summary: null, task: null, tags: [], bytes: 0 },
          })),
          next: null,
        }),
    ],
    [
      /^GET \/v1\/releases\/(.+)\/events$/,
      ([, reference = '']) => {
        const view = find(reference);
        if (!view) return problem('ReleaseNotFound');
        const text = script.map((step) => `event: release\ndata: ${JSON.stringify(step(view))}\n\n`).join('');
        return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
      },
    ],
    [
      /^GET \/v1\/releases\/(.+)$/,
      ([, reference = '']) => {
        const view = find(reference);
        return view ? json(view) : problem('ReleaseNotFound');
      },
    ],
    [
      /^GET \/v1\/files\/(\w+)$/,
      ([, sha256 = '']) => {
        const bytes = chunks.get(sha256);
        return bytes ? new Response(new Uint8Array(bytes)) : problem('BlobNotFound');
      },
    ],
  ];

  const answer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const url = new URL(String(input));
    const line = `${init.method ?? 'GET'} ${url.pathname}${url.search}`;
    // Who signs asks once for whom; that is no step of publishing.
    if (line === 'GET /v1/network') return json({ hub: address });
    requests.push(line);
    const fault = faults.findIndex(({ match }) => line.startsWith(match));
    const [found] = fault >= 0 ? faults.splice(fault, 1) : [];
    if (found) return found.answer();
    if (
      (init.method === 'PUT' || url.pathname === '/v1/uploads') &&
      !new Headers(init.headers).has(requestHeaders.signature)
    )
      return problem('SignatureMissing');
    const body = init.body instanceof Uint8Array ? init.body : new Uint8Array();
    for (const [pattern, handle] of routes) {
      const match = pattern.exec(decodeURIComponent(line));
      if (match) return handle([...match], { method: init.method ?? 'GET', body });
    }
    return problem('RouteNotFound');
  };

  return {
    fetch: answer as typeof fetch,
    requests,
    chunks,
    releases,
    failNext: (match: string, response: () => Response | Promise<Response>) =>
      void faults.push({ match, answer: response }),
    play: (steps: typeof script) => {
      script = steps;
    },
  };
}

const json = (value: unknown) => Response.json(value);
const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
