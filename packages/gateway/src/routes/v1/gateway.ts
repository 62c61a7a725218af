import { documentRoute } from '@callable/http';
import { GatewayView } from '@callable/protocol';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../../context.ts';
import { jsonContent } from '../../http/json-content.ts';
import { problemAnswer } from '../../http/problem-answers.ts';
import { version } from '../../version.ts';

const summary = 'Who this gateway is: calls are signed for its address';
const document = documentRoute({
  summary,
  response: { 200: { description: summary, ...jsonContent(GatewayView) }, default: problemAnswer },
});

/** GET /v1/gateway */
export function gatewayRoutes(app: FastifyInstance, { address }: Pick<GatewayContext, 'address'>): void {
  app.get('/v1/gateway', document, async () => ({ gateway: address, software: `callable-gateway/${version}` }));
}
