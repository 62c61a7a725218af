import { CallableError, DigestPath, NamedReleasePath } from '@callable/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../../context.ts';
import { infer } from '../../data-plane/infer.ts';
import { encodingTable } from '../../encodings/encoding-table.ts';
import { readCall } from '../../http/read-call.ts';
import { spliceJson } from '../../http/splice-json.ts';
import { tellDeprecation } from '../../http/tell-deprecation.ts';
import { wantsProof } from '../../proofs/wants-proof.ts';
import { writeProof } from '../../proofs/write-proof.ts';
import { exampleOf } from '../../releases/example-of.ts';
import { describeAnswer } from './describe-answer.ts';
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
  const wanted = wantsProof(request);
  const call = await readCall(ctx, request, reply, { reference, encoding: 'plain' });
  const answer = await infer(ctx, call);
  const { release, outputs, salt, ms } = answer;
  tellDeprecation(ctx, reply, release);
  return reply
    .header('callable-receipt-salt', salt)
    .header('server-timing', `run;dur=${answer.runMs.toFixed(2)}, total;dur=${ms}`)
    .type(encodingTable.plain.contentType)
    .send(
      spliceJson({}, wanted ? { outputs, proof: writeProof(call, answer) } : { outputs }, {
        ...describeAnswer(answer),
        salt,
      }),
    );
}

/** People paste the address of a call into a browser: tell them what to send instead. */
async function explain(ctx: GatewayContext, reply: FastifyReply, reference: string): Promise<never> {
  const { reference: release, manifest } = await ctx.releases.resolve(reference);
  reply.header('allow', 'POST');
  throw new CallableError('RequestInvalid', `${release} is called with POST and a JSON body like the example.`, {
    details: { release, example: exampleOf(manifest, 'plain') },
  });
}
