import { documentRoute } from '@callable/http';
import {
  CallHeaders,
  CallQuery,
  InferAnswer,
  InferRequest,
  inferAnswerHeaders,
  ModelMetadata,
  ModelReady,
} from '@callable/protocol';
import { jsonContent } from '../../http/json-content.ts';
import { oipProblemAnswer } from '../../http/problem-answers.ts';

export const metadataDocument = (params: object) =>
  documentRoute({
    summary: 'The inputs and outputs of a model',
    params,
    response: {
      200: { description: 'Metadata of the Open Inference Protocol', ...jsonContent(ModelMetadata) },
      default: oipProblemAnswer,
    },
  });

export const readyDocument = (params: object) =>
  documentRoute({
    summary: 'Whether a call would find a node now; a refusal says why not',
    params,
    response: { 200: { description: 'It would', ...jsonContent(ModelReady) }, default: oipProblemAnswer },
  });

export const inferDocument = (params: object) =>
  documentRoute({
    summary: 'Calls a release with tensors of the Open Inference Protocol in JSON',
    params,
    headers: CallHeaders,
    querystring: CallQuery,
    body: jsonContent(InferRequest),
    response: {
      200: { description: 'The outputs', headers: inferAnswerHeaders, ...jsonContent(InferAnswer) },
      default: oipProblemAnswer,
    },
  });
