import type { Reason } from './reason.ts';

const fine = { status: 200, who: 'nobody', next: '', retry: false } as const;
const waiting = { status: 503, who: 'network', retry: true } as const;
const publisherMends = { status: 409, who: 'publisher', retry: false } as const;

/** Why a condition is True, False or Unknown. */
export const conditionReasons = {
  AllBytesArrived: { ...fine, sentence: 'The signed manifest and every byte it names have arrived.' },
  AllFilesReadBack: { ...fine, sentence: 'Every file was read back and matched its hashes.' },
  VectorsPassed: { ...fine, sentence: 'Independent nodes loaded the model and its vectors passed.' },
  ProbeAnswered: { ...fine, sentence: 'A probe through the public call route got the right answer.' },
  CalledIndependently: {
    ...fine,
    sentence: 'A caller with a key of its own, neither publisher nor operator, got a good answer.',
  },
  CalledWithoutKey: {
    ...fine,
    sentence: 'A call without a key got a good answer; it proves less, because nobody signed it.',
  },

  UploadIncomplete: {
    ...publisherMends,
    sentence: 'Some bytes the manifest names have not arrived.',
    next: 'Run the same publish command again: only what is missing is sent.',
  },
  HashMismatch: {
    ...publisherMends,
    sentence: 'Bytes read back do not match the hash in the manifest.',
    next: 'Publish the same files again; the store repairs what is damaged.',
  },
  FileMissing: {
    ...publisherMends,
    sentence: 'A file of this release is not in the store.',
    next: 'Publish the same files again.',
  },
  CheckStale: {
    ...waiting,
    sentence: 'The last check is too old to count.',
    next: 'Wait: it is checked again in the background.',
  },
  PolicyChanged: {
    ...waiting,
    sentence: 'It was checked under an earlier policy.',
    next: 'Wait: it is checked again in the background, what is used most first.',
  },
  BlobExpired: {
    ...publisherMends,
    sentence: 'The storage period of a file has ended.',
    next: 'Renew the storage or publish the files again.',
  },
  StorageUnavailable: {
    ...waiting,
    sentence: 'The storage network does not take the files at the moment.',
    next: 'Wait: it is tried again, ever more seldom.',
  },
  AwaitingStore: { ...waiting, sentence: 'The bytes are waiting to be read back.', next: 'Wait: this takes seconds.' },
  AwaitingValidators: {
    ...waiting,
    sentence: 'Too few nodes have reported on this release yet.',
    next: 'Wait, or join a node: callable node start.',
  },
  ValidatorsDisagree: {
    ...waiting,
    sentence: 'Nodes report different results for this release.',
    next: 'Wait: a seed runs it again, which decides; if it stays, loosen the tolerance of the vectors in a new version.',
  },
  AwaitingSeed: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'No seed has given its word on this release yet; newcomers alone decide nothing.',
    next: 'Start a node of an operator that the policy names as a seed, or have the hub name another: --seeds.',
  },
  SeedsDisagree: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'Two seeds signed recomputations of which one is invented.',
    next: 'Find out which: callable verify --recompute. Then have the hub name only the other: --seeds.',
  },
  UnsupportedFormat: {
    ...publisherMends,
    sentence: 'No node can run this format, or what else the release asks for.',
    next: 'Convert the model to ONNX and publish that, or join a node that runs it.',
  },
  UnsafeModel: {
    ...publisherMends,
    sentence: 'The model asks for something a node never grants.',
    next: 'Remove what the message names and publish a new version.',
  },
  UnsupportedOperator: {
    ...publisherMends,
    sentence: 'The model uses an operator that no node runs.',
    next: 'Export as the message says, or without it, with operators of ai.onnx and ai.onnx.ml; publish a new version.',
  },
  KernelMissing: {
    ...publisherMends,
    sentence: 'The runtime has the operator, but not in this operator set or not for this element type.',
    next: 'Export with the opset, or cast to the element type, that the message names, and publish a new version.',
  },
  UnsupportedValueType: {
    ...publisherMends,
    sentence: 'An input or output of the model has a type that no call can carry.',
    next: 'Export it again as the message says, and publish a new version.',
  },
  UnsupportedOpset: {
    ...publisherMends,
    sentence: 'The model is written for an operator set that the runtime does not have.',
    next: 'Export with the opset that the message names, and publish a new version.',
  },
  SchemaMismatch: {
    ...publisherMends,
    sentence: 'The inputs or outputs in the manifest are not those of the model.',
    next: 'Declare the inputs and outputs as the model has them, and publish a new version.',
  },
  LoadFailed: {
    ...publisherMends,
    sentence: 'The runtime could not load the model.',
    next: 'Mend what the message names, even where another runtime loads it, and publish a new version.',
  },
  OutOfMemory: {
    ...publisherMends,
    sentence: 'The model needs more memory than it may use.',
    next: 'Publish a smaller precision, or join a node with more memory.',
  },
  TimedOut: {
    ...publisherMends,
    sentence: 'Loading or running took longer than allowed.',
    next: 'Publish a lighter model, or one whose loops end.',
  },
  RunFailed: {
    ...publisherMends,
    sentence: 'The model failed on its own vector.',
    next: 'Run the vector locally with callable publish --dry-run, mend the model, publish a new version.',
  },
  RunnerDied: {
    ...publisherMends,
    sentence: 'The model killed the process that ran it.',
    next: 'Mend the model and publish a new version.',
  },
  VectorFailed: {
    ...publisherMends,
    sentence: 'A vector gave another output than the publisher recorded.',
    next: 'Publish a new version whose vector holds the real output or a wider tolerance.',
  },
  NoVectors: {
    ...publisherMends,
    sentence: 'The release has no vector to check an answer against.',
    next: 'Publish a new version with --example.',
  },
  VectorTooLoose: {
    ...publisherMends,
    sentence: 'A vector compares no values, though nothing in the model draws at random.',
    next: 'Publish a new version with callable publish, which records values.',
  },
  NoNodeHoldsModel: {
    ...waiting,
    sentence: 'No connected node holds this release.',
    next: 'Wait until a node has fetched it, or join a node: callable node start.',
  },
  NoNodeFits: {
    status: 503,
    who: 'operator',
    retry: false,
    sentence: 'The release is too heavy for every connected node.',
    next: 'Join a node with more memory, or publish a smaller precision.',
  },
  CachedNotLoaded: {
    ...waiting,
    sentence: 'A node has the bytes but has not loaded the model yet.',
    next: 'Try again in a moment.',
  },
  Quarantined: {
    ...publisherMends,
    status: 503,
    sentence: 'Every node that holds this release has stopped running it after repeated crashes.',
    next: 'Mend the model and publish a new version.',
  },
  AwaitingProbe: { ...waiting, sentence: 'No probe has been made yet.', next: 'Wait: this takes seconds.' },
  ProbeTimeout: { ...waiting, sentence: 'The probe got no answer in time.', next: 'Wait: it is probed again.' },
  ProbeFailed: {
    ...waiting,
    sentence: 'The probe got an error instead of an answer.',
    next: 'Read the message; it is probed again.',
  },
  NeverCalled: {
    ...waiting,
    who: 'caller',
    sentence: 'Nobody has called this release yet.',
    next: 'Call it: callable call, or POST /v1/run.',
  },
  OnlyPublisherCalls: {
    ...waiting,
    who: 'caller',
    sentence: 'Only the publisher or the operator of its node has called it.',
    next: 'Call it with a key of your own.',
  },
  RecentFailures: {
    ...waiting,
    who: 'publisher',
    sentence: 'Most of the last calls failed.',
    next: 'Read the other conditions; publish a new version if the model is at fault.',
  },
} as const satisfies Record<string, Reason>;
