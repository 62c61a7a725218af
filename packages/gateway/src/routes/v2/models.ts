import { documentRoute } from '@callable/http';
import {
  CallableError,
  type Manifest,
  type ModelMetadata,
  ModelNamePath,
  type ModelReady,
  ModelVersionPath,
} from '@callable/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../../context.ts';
import { requestOfFastify, tellBy } from '../../http/request-of-fastify.ts';
import { wantsProof } from '../../proofs/wants-proof.ts';
import { refuseWithdrawn } from '../../releases/refuse-withdrawn.ts';
import { nodesToAsk } from '../../routing/nodes-to-ask.ts';
import { answerInfer } from './answer-infer.ts';
import { inferDocument, metadataDocument, readyDocument } from './model-documents.ts';
import { type ModelAction, type ModelPath, parseModelPath, modelsPrefix as prefix } from './parse-model-path.ts';
import { platformOf } from './platform-of.ts';

/**
 * GET /v2/models/{model}, …/ready and POST …/infer, each also below /versions/{v}. The name of a model has a slash: escaped
 * it is one parameter, as clients send it that read /openapi.json; as it is, the wildcards take it.
 */
export function modelRoutes(app: FastifyInstance, ctx: GatewayContext): void {
  const tell = (request: FastifyRequest) => describe(ctx, readPath(request, ['metadata', 'ready']));
  const call = (request: FastifyRequest, reply: FastifyReply) =>
    inferModel(ctx, request, reply, readPath(request, ['infer']));
  for (const [model, path] of [
    [`${prefix}:model`, ModelNamePath],
    [`${prefix}:model/versions/:version`, ModelVersionPath],
  ] as const) {
    app.get(model, metadataDocument(path), tell);
    app.get(`${model}/ready`, readyDocument(path), tell);
    app.post(`${model}/infer`, inferDocument(path), call);
  }
  app.get(`${prefix}*`, documentRoute({ hide: true }), tell);
  app.post(`${prefix}*`, documentRoute({ hide: true }), call);
}

async function describe(ctx: GatewayContext, path: ModelPath): Promise<ModelMetadata | ModelReady> {
  const release = await ctx.releases.resolve(path.reference);
  if (path.action === 'metadata') return metadataOf(path.model, release.manifest);
  refuseWithdrawn(path.reference, release);
  nodesToAsk(ctx, release, null);
  return { name: path.model, ready: true };
}

async function inferModel(
  ctx: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  path: ModelPath,
): Promise<FastifyReply> {
  refuseBinary(request);
  const wanted = { ...path, proof: wantsProof(request) };
  return reply.send(await answerInfer(ctx, requestOfFastify(ctx, request, reply), tellBy(reply), wanted));
}

/** Clients name the length of the JSON also where no binary data follows it: all their tensors are empty, or are JSON. */
function refuseBinary({ headers }: FastifyRequest): void {
  const said = headers['inference-header-content-length'];
  if (said === undefined || (said !== '0' && said === headers['content-length'])) return;
  throw new CallableError('MediaTypeUnsupported', 'Binary tensors are not taken here yet; send their data as JSON.');
}

/** From the address as sent: a router would decode an escaped slash and lose where the name ends. */
function readPath(request: FastifyRequest, actions: readonly ModelAction[]): ModelPath {
  const [address = ''] = (request.raw.url ?? '').split('?');
  const path = parseModelPath(address.slice(address.indexOf(prefix) + prefix.length));
  if (!path || !actions.includes(path.action)) throw new CallableError('RouteNotFound');
  return path;
}

function metadataOf(name: string, manifest: Manifest): ModelMetadata {
  const tensors = (specs: Manifest['inputs']) =>
    specs.map(({ name: tensor, datatype, shape }) => ({ name: tensor, datatype, shape }));
  return {
    name,
    versions: [manifest.version],
    platform: platformOf(manifest.format),
    inputs: tensors(manifest.inputs),
    outputs: tensors(manifest.outputs),
  };
}
