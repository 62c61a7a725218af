import type { Reason } from './reason.ts';

const callerMends = { status: 422, who: 'caller', retry: false } as const;

/** Why a call got no answer, or a task is not taken. */
export const callReasons = {
  InvalidInput: {
    ...callerMends,
    sentence: 'The input does not fit the model.',
    next: 'Send an input like the example in this answer.',
  },
  InvalidJson: {
    ...callerMends,
    status: 400,
    sentence: 'The body is not valid JSON.',
    next: 'Send a JSON object in UTF-8, like the example where this answer has one.',
  },
  InputFailed: {
    ...callerMends,
    sentence: 'This input makes the model fail.',
    next: 'Send an input like the example in this answer.',
  },
  CallTimedOut: {
    status: 504,
    who: 'caller',
    retry: true,
    sentence: 'The call was not answered before its deadline.',
    next: 'Allow more time (Callable-Timeout-Ms), or send less.',
  },
  CallFailed: {
    status: 502,
    who: 'publisher',
    retry: false,
    sentence: 'The model failed on this input, and on its own vector.',
    next: 'Run the vector locally with callable publish --dry-run, mend the model, publish a new version.',
  },
  CallCrashed: {
    status: 502,
    who: 'publisher',
    retry: false,
    sentence: 'The model killed its process on this input, and failed on its own vector.',
    next: 'Run the vector locally with callable publish --dry-run, mend the model, publish a new version.',
  },
  NodeUnavailable: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'The node that was answering has gone.',
    next: 'Try again.',
  },
  CallLostTwice: {
    status: 429,
    who: 'caller',
    retry: true,
    sentence:
      'A call with these inputs was under way on two nodes that were lost, so no third one is given it for a minute.',
    next: 'Send other inputs, or try again as Retry-After says.',
  },
  NodeRefuses: {
    status: 503,
    who: 'operator',
    retry: false,
    sentence: 'The operator of the node refuses releases of this licence or label.',
    next: 'Join a node whose operator takes it, or publish under another licence.',
  },
  NodeBusy: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'Every node that holds this release is busy.',
    next: 'Try again as Retry-After says.',
  },
  AnswersDiffer: {
    status: 502,
    who: 'network',
    retry: true,
    sentence: 'Nodes gave different answers to this call, so none of them was passed on.',
    next: 'Try again; GET /v1/nodes says who stands for the nodes that `errors` names.',
  },
  NoSecondNode: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'No second node of another operator and network can answer this call, so nothing can be confirmed.',
    next: 'Try again when another node holds the release, or call without Callable-Confirm.',
  },
  NoNodeOfStanding: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'No node of standing holds this release, and the call asked for one.',
    next: 'Call without Callable-Standing: a newcomer answers then, and the answer says so.',
  },
  ReceiptInvalid: {
    status: 502,
    who: 'operator',
    retry: true,
    sentence: 'The node answered with a receipt that does not fit its answer, so the answer was withheld.',
    next: 'Try again: another node is asked.',
  },
  ReceiptNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'No such receipt was reported here.',
    next: 'Gateways report within seconds; ask again, or ask the hub of that gateway.',
  },
  ReceiptNotLogged: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'The receipt is not in a published checkpoint yet.',
    next: 'Ask again in a second.',
  },
  ReceiptOfAnother: {
    ...callerMends,
    status: 403,
    sentence: 'This key did not sign that call, so what came of it is not for it to say.',
    next: 'Sign with the key that made the call, or with one that acts for it in the scope `call`.',
  },
  AnswerNotWhole: {
    ...callerMends,
    status: 409,
    sentence: 'The answer to that call ended early, so nobody can have acted on it.',
    next: 'Leave that receipt out; call again, and rely on a whole answer.',
  },
  ReceiptOutdated: {
    ...callerMends,
    status: 409,
    sentence:
      'That receipt is too old: reliance is said within 7 days after the call entered the log, an outcome within 90.',
    next: 'Leave that receipt out, or say only how it came out.',
  },
  WordRepeated: {
    ...callerMends,
    status: 409,
    sentence: 'That has been said of this receipt: the first word counts.',
    next: 'Leave that receipt out.',
  },
  NotCallable: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'The release is not callable at present.',
    next: 'Read the failing condition in this answer.',
  },
  TaskNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'There is no such task.',
    next: 'Lease one: POST /v1/tasks/lease.',
  },
  LeaseLost: {
    ...callerMends,
    status: 409,
    sentence: 'The lease of this task has ended or belongs to another node.',
    next: 'Drop the result and lease again.',
  },
  CommitmentMissing: {
    ...callerMends,
    status: 409,
    sentence: 'This report does not open a commitment that was logged in time.',
    next: 'Commit first: POST /v1/tasks/{id}/commit, then wait until reports are shown.',
  },
  RevealTooEarly: {
    ...callerMends,
    status: 409,
    sentence: 'Others of the panel have not committed yet, and could copy this report.',
    next: 'Ask again at /v1/tasks/{id}/commit until it says reveal.',
  },
} as const satisfies Record<string, Reason>;
