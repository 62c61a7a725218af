import { requestHeaders } from '../requests/signed-request.ts';
import { address, bytes32, signature } from '../schema/fields.ts';
import { Type } from '../schema/type.ts';

const text = (description: string) => Type.String({ description });

/** Headers of a request that calls a model. The four of a signature come together or not at all. */
export const CallHeaders = Type.Object({
  'callable-timeout-ms': Type.Optional(
    Type.Integer({ minimum: 1, description: 'Milliseconds the call may take; the gateway has a maximum.' }),
  ),
  'callable-confirm': Type.Optional(
    Type.String({ enum: ['2'], description: 'Two nodes of two operators and networks must give the same answer.' }),
  ),
  'callable-standing': Type.Optional(
    Type.String({ enum: ['only'], description: 'No newcomer answers, also where nobody else holds the release.' }),
  ),
  'callable-copy': Type.Optional(
    Type.String({ enum: ['no'], description: 'No other node sees the inputs to have its answer compared.' }),
  ),
  'callable-probe': Type.Optional(Type.String({ enum: ['true'], description: 'Made by a prober: no usage.' })),
  traceparent: Type.Optional(Type.String({ maxLength: 80, description: 'W3C trace context, passed on to the node.' })),
  [requestHeaders.signer]: Type.Optional(address),
  [requestHeaders.nonce]: Type.Optional(bytes32),
  [requestHeaders.issuedAt]: Type.Optional(Type.Integer({ description: 'Milliseconds since 1970.' })),
  [requestHeaders.signature]: Type.Optional(signature),
});

/** What the address of a call may ask for. */
export const CallQuery = Type.Object({
  proof: Type.Optional(
    Type.String({
      enum: ['1'],
      description: 'The answer also holds `proof`: saved as it is, `callable verify` compares it with its receipt.',
    }),
  ),
});

const ofAnswer = {
  'callable-standing': text(
    'How the node stands that answered: seed, standing, newcomer, or unknown if it never joined.',
  ),
  'callable-confirmed-by': text('The other node that gave the same answer.'),
  'server-timing': text('Milliseconds inside the runtime and of the whole.'),
  deprecation: text('Since when the publisher says something else is better, RFC 9745.'),
  link: text('What is better, and where to read why.'),
  ratelimit: text('What is left to a caller without a key.'),
  'ratelimit-policy': text('The pace of callers without a key.'),
};
const salt = text('Opens the digests of inputs and outputs in the receipt.');

/** Headers of an answer to POST /v1/run/… */
export const runAnswerHeaders = { 'callable-receipt-salt': salt, ...ofAnswer };

/** Headers of an answer to POST …/infer, whose body has no place for a receipt. */
export const inferAnswerHeaders = {
  'callable-receipt': text('The signed receipt: base64url of its JSON.'),
  ...runAnswerHeaders,
};
