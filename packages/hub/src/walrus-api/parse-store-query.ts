import { ownMember } from '@callable/protocol';
import { maxEpochs } from '../config/walrus-api-config.ts';
import { WalrusProblem } from './walrus-problem.ts';

export type StoreQuery = { epochs: number; deletable: boolean; force: boolean; isGiven: boolean };

const known = [
  'encoding_type',
  'epochs',
  'deletable',
  'permanent',
  'force',
  'reuse_resources',
  'send_object_to',
  'share',
  'quilt_version',
];

/** The query of `PUT /v1/blobs`; throws a WalrusProblem, in plain text for what the daemon would never see. */
export function parseStoreQuery(query: Readonly<Record<string, unknown>>): StoreQuery {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw refusal(`unknown field \`${unknown.slice(0, 60)}\`, expected one of ${known.join(', ')}`);
  const epochs = query.epochs === undefined ? 1 : Number(query.epochs);
  if (!Number.isInteger(epochs) || epochs < 1) throw refusal('epochs: invalid digit found in string');
  if (epochs > maxEpochs)
    throw new WalrusProblem(400, `blobs can be stored for at most ${maxEpochs} epochs`, {
      status: 'INVALID_ARGUMENT',
      reason: 'INVALID_EPOCHS',
    });
  const [deletable, permanent] = [flag(query, 'deletable'), flag(query, 'permanent')];
  if (deletable && permanent)
    throw new WalrusProblem(400, 'the blob cannot be both deletable and permanent', {
      status: 'INVALID_ARGUMENT',
      reason: 'INVALID_BLOB_PERSISTENCE',
    });
  const sendTo = query.send_object_to;
  const share = flag(query, 'share');
  if (sendTo !== undefined && (share || !/^0x[0-9a-fA-F]{1,64}$/.test(String(sendTo))))
    throw refusal('send_object_to: an address, and not together with share');
  if (query.encoding_type !== undefined && query.encoding_type !== 'RS2')
    throw refusal('encoding_type: unknown variant, expected `RS2`');
  return { epochs, deletable: !permanent, force: flag(query, 'force'), isGiven: sendTo !== undefined || share };
}

function flag(query: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = ownMember(query, name);
  if (value === undefined || value === 'false') return false;
  if (value !== 'true') throw refusal(`${name}: provided string was not \`true\` or \`false\``);
  return true;
}

const refusal = (message: string) => new WalrusProblem(400, `Failed to deserialize query string: ${message}`);
