import { Problem, problemContentType } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';

const answerWith = (schema: object) => ({
  description: 'What is the matter, who can do what about it (RFC 9457).',
  content: { [problemContentType]: { schema } },
});

/** A refusal or accident, as /openapi.json says it. */
export const problemAnswer = answerWith(Problem);

/** The same with the member Triton and KServe clients show. */
export const oipProblemAnswer = answerWith(Type.Object({ ...Problem.properties, error: Type.String() }));
