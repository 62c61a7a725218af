import type { TypedStruct } from '../keys/typed-data.ts';
import type { RequestTerms } from './request-terms.ts';
import type { SignedRequest } from './signed-request.ts';

/**
 * Version 2 of a signed request: also for whom, and on which terms. A request of version 1 is good at every server that
 * hears it, so one server could spend it at another.
 */
export type SignedRequest2 = PlainRequest2 & Partial<RequestTerms>;

/** The same without terms. */
export type PlainRequest2 = Omit<SignedRequest, 'version'> & {
  version: 2;
  /** The address of the hub or gateway it is for. No host: proxies have names of their own for the same server. */
  audience: string;
};

export const requestStruct2: TypedStruct = {
  name: 'Request2',
  fields: [
    ['version', 'uint8'],
    ['method', 'string'],
    ['path', 'string'],
    ['body', 'bytes32'],
    ['nonce', 'bytes32'],
    ['issuedAt', 'uint64'],
    ['audience', 'string'],
    ['session', 'bytes32'],
    ['seq', 'uint64'],
    ['expiresAt', 'uint64'],
    ['price', 'uint256'],
    ['asset', 'address'],
    ['chain', 'uint64'],
    ['payment', 'bytes32'],
    ['units', 'uint64'],
    ['tokens', 'uint64'],
    ['extra', 'bytes32'],
  ],
};
