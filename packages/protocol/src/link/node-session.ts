import type { TypedStruct } from '../keys/typed-data.ts';

/** What a node signs to open a link: this gateway's fresh challenge, so that a recorded hello cannot be replayed. */
export const nodeSessionStruct: TypedStruct = {
  name: 'NodeSession',
  fields: [
    ['challenge', 'bytes32'],
    ['gateway', 'string'],
    ['node', 'address'],
    ['issuedAt', 'uint64'],
  ],
};
