import type { Reason } from './reason.ts';

const fine = { status: 200, who: 'nobody', next: '', retry: false } as const;
const nodeMends = { status: 502, who: 'operator', retry: false } as const;

/** What came of an audit: the words of `audit.finished`, and why a node has lost its standing. */
export const auditReasons = {
  AnswerConfirmed: { ...fine, sentence: 'Another node ran the call again and got the same answer.' },
  ValidationConfirmed: { ...fine, sentence: 'Another node computed the digest of the validation and got the same.' },
  AnswerDiffers: {
    ...nodeMends,
    sentence: 'The answer is further from that of the auditor than machines usually differ.',
    next: 'Compare the runtime and the processor with those of other nodes.',
  },
  AnswerNotShown: {
    ...nodeMends,
    sentence: 'The node did not show what it had been asked and had answered.',
    next: 'Keep calls for the audit window, and the node connected.',
  },
  NotAuditable: { ...fine, sentence: 'Answers of this release cannot be compared, so none was.' },
  AnswerWrong: {
    ...nodeMends,
    sentence: 'The node signed an answer that the model does not give.',
    next: 'Join with a new key and answer with the model itself.',
  },
  ValidationInvented: {
    ...nodeMends,
    sentence: 'The node signed a validation of a model it cannot have run.',
    next: 'Join with a new key and run what is to be validated.',
  },
  RecomputationInvented: {
    ...nodeMends,
    sentence: 'The node signed, as a seed, a recomputation of a model it cannot have run so.',
    next: 'Name another seed in the policy; what it said has been taken back.',
  },
  ReceiptForked: {
    ...nodeMends,
    sentence: 'The node signed two receipts under one sequence number.',
    next: 'Join with a new key, and let one process at a time number its receipts.',
  },
  HoldingsTooMany: {
    status: 507,
    who: 'operator',
    retry: false,
    sentence: 'The node holds more releases than a hub or gateway has room for; the others get no work there.',
    next: 'Give the node less disk, so that it holds fewer releases, or spread them over nodes in other networks.',
  },
  SessionReplaced: {
    status: 409,
    who: 'operator',
    retry: false,
    sentence: 'Another process with the key of this node has opened a newer session, so this one has ended.',
    next: 'Run one process with a key. If two machines have it, stop one, or give it a key and a directory of its own.',
  },
  SessionContested: {
    status: 409,
    who: 'operator',
    retry: false,
    sentence:
      'Two processes with the key of this node have replaced each other three times in a minute, so neither is taken.',
    next: 'Stop one of them, or give it a key and a directory of its own; then start the other again in five minutes.',
  },
  NodeConvicted: {
    status: 403,
    who: 'operator',
    retry: false,
    sentence: 'This node was caught lying and has lost its standing.',
    next: 'Read the evidence of the conviction; join with a new key.',
  },
} as const satisfies Record<string, Reason>;
