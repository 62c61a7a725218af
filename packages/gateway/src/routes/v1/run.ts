import { CallableError, DigestPath, NamedReleasePath } from '@callable/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../../context.ts';
import { requestOfFastify, tellBy } from '../../http/request-of-fastify.ts';
import { wantsProof } from '../../proofs/wants-proof.ts';
import { exampleOf } from '../../releases/example-of.ts';
import { answerRun } from './answer-run.ts';
import { explainDocument, runDocument } from './run-documents.ts';
import { runInPieces, takesPieces } from './run-in-pieces.ts';

type NamedRelease = { Params: NamedReleasePath };
type DigestRelease = { Params: DigestPath };

/** /v1/run/{publisher}/{name}[@version] and /v1/run/{digest}: plain JSON in, plain JSON or events out. */
export function runRoutes(app: FastifyInstance, ctx: GatewayContext): void {
  const named = ({ params }: FastifyRequest<NamedRelease>) => `${params.publisher}/${params.nameAtVersion}`;
  app.post<NamedRelease>('/v1/run/:publisher/:nameAtVersion', runDocument(NamedReleasePath), (request, reply) =>
    run(ctx, request, reply, named(request)),
  );
  app.post<DigestRelease>('/v1/run/:digest', runDocument(DigestPath), (request, reply) =>
    run(ctx, request, reply, request.params.digest),
  );
  app.get<NamedRelease>('/v1/run/:publisher/:nameAtVersion', explainDocument(NamedReleasePath), (request, reply) =>
    explain(ctx, reply, named(request)),
  );
  app.get<DigestRelease>('/v1/run/:digest', explainDocument(DigestPath), (request, reply) =>
    explain(ctx, reply, request.params.digest),
  );
}

async function run(
  ctx: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  reference: string,
): Promise<FastifyReply> {
  if (takesPieces(request)) return runInPieces(ctx, request, reply, reference);
  const wanted = { reference, proof: wantsProof(request) };
  return reply.send(await answerRun(ctx, requestOfFastify(ctx, request, reply), tellBy(reply), wanted));
}

/** People paste the address of a call into a browser: tell them what to send instead. */
async function explain(ctx: GatewayContext, reply: FastifyReply, reference: string): Promise<never> {
  const { reference: release, manifest } = await ctx.releases.resolve(reference);
  reply.header('allow', 'POST');
  throw new CallableError('RequestInvalid', `${release} is called with POST and a JSON body like the example.`, {
    details: { release, example: exampleOf(manifest, 'plain') },
  });
}
