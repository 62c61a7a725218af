import { documentRoute } from '@callable/http';
import {
  CallHeaders,
  CallQuery,
  Problem,
  RunAnswer,
  RunEnd,
  RunInputs,
  RunPiece,
  runAnswerHeaders,
} from '@callable/protocol';
import { jsonContent } from '../../http/json-content.ts';
import { problemAnswer } from '../../http/problem-answers.ts';

const events = {
  schema: {
    type: 'string',
    description:
      'Server-sent events: piece as they come, then end with the receipt over all of them, or error. ' +
      'A stream without end is no answer. The data of each is JSON, see x-events.',
  },
  'x-events': { piece: RunPiece, end: RunEnd, error: Problem },
};

export const runDocument = (params: object) =>
  documentRoute({
    summary: 'Calls a release: inputs by name in, outputs by name and the receipt out',
    description: 'With `Accept: text/event-stream` the answer comes in pieces.',
    params,
    headers: CallHeaders,
    querystring: CallQuery,
    body: jsonContent(RunInputs),
    response: {
      200: {
        description: 'Outputs, and what stands behind them',
        headers: runAnswerHeaders,
        content: { ...jsonContent(RunAnswer).content, 'text/event-stream': events },
      },
      default: problemAnswer,
    },
  });

export const explainDocument = (params: object) =>
  documentRoute({
    summary: 'Says how the release is called, for people who open the address of a call',
    params,
    response: { 400: { ...problemAnswer, description: 'An example to POST' }, default: problemAnswer },
  });
