import { documentRoute } from '@callable/http';
import { ServerLive, ServerMetadata, ServerReady } from '@callable/protocol';
import { jsonContent } from '../../http/json-content.ts';
import { oipProblemAnswer } from '../../http/problem-answers.ts';

const answering = (summary: string, schema: object) =>
  documentRoute({
    summary,
    response: { 200: { description: summary, ...jsonContent(schema) }, default: oipProblemAnswer },
  });

export const serverDocument = answering('What this server of the Open Inference Protocol is', ServerMetadata);
export const liveDocument = answering('The process answers', ServerLive);
export const readyDocument = answering('The gateway takes calls', ServerReady);
