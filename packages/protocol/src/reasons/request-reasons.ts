import { reasons as clientReasons } from './client-reasons.ts';
import type { Reason } from './reason.ts';

const callerMends = { status: 422, who: 'caller', retry: false } as const;
const publisherMends = { status: 422, who: 'publisher', retry: false } as const;

/** Why a request was refused or failed. */
export const requestReasons = {
  // The shape of the request
  RequestInvalid: {
    ...callerMends,
    status: 400,
    sentence: 'The request does not fit the API.',
    next: 'See /openapi.json for this route.',
  },
  RouteNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'There is no such address here.',
    next: 'See /openapi.json for all routes.',
  },
  HostNotServed: {
    status: 421,
    who: 'operator',
    retry: false,
    sentence: 'This server has no public URL, so it answers to the names of this machine only.',
    next: 'Use 127.0.0.1 or localhost. Its operator can open it: callable up --public-url, or …_PUBLIC_URLS of a server.',
  },
  OriginNotServed: {
    status: 403,
    who: 'operator',
    retry: false,
    sentence: 'This server has no public URL, so only pages of this machine may call it.',
    next: 'Open the page from localhost. Its operator can open it: callable up --public-url, or …_PUBLIC_URLS of a server.',
  },
  BodyTooLarge: {
    ...callerMends,
    status: 413,
    sentence: 'The body is larger than this route accepts.',
    next: 'Send less at once. As JSON a float of 32 bits needs no more than nine digits, and fewer are shorter.',
  },
  MediaTypeUnsupported: {
    ...callerMends,
    status: 415,
    sentence: 'This route does not take that content type.',
    next: 'Send application/json.',
  },
  RangeNotSatisfiable: {
    ...callerMends,
    status: 416,
    sentence: 'The range asks for bytes beyond the end of this file.',
    next: 'Content-Range says how many there are: a download of so many is complete.',
  },
  TooManyRequests: {
    status: 429,
    who: 'caller',
    retry: true,
    sentence: 'Too many requests from this address or key.',
    next: 'Wait as long as Retry-After says, or sign the requests with a key.',
  },
  TooManyFollowers: {
    status: 429,
    who: 'caller',
    retry: true,
    sentence: 'As many event streams are open as one network, or all of them, may have here.',
    next: 'Close streams that nobody reads, or ask for the release from time to time.',
  },
  BodySilent: {
    status: 408,
    who: 'caller',
    retry: true,
    sentence: 'The body of this request stopped arriving.',
    next: 'Send it again without a pause, or send less at once.',
  },
  NetworkHoldsTooMuch: {
    status: 429,
    who: 'caller',
    retry: true,
    sentence: 'Requests under way from this network hold all the memory one network may hold here.',
    next: 'Wait until your other requests are answered, send fewer large bodies at once, or use another gateway.',
  },
  GatewayHoldsTooMuch: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'Calls under way hold all the memory this gateway keeps for bodies.',
    next: 'Try again as Retry-After says, send less at once, or use another gateway; its operator can allow more.',
  },
  HubHoldsTooMuch: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'Requests under way hold all the memory this hub keeps for bodies.',
    next: 'Try again as Retry-After says, and send less at once.',
  },
  SegmentInvalid: {
    ...callerMends,
    status: 400,
    sentence: 'These bytes are no segment: the report of a gateway about the calls it passed on.',
    next: 'Send what `encodeSegment` of the protocol writes, 8 MiB at most, as application/vnd.callable.segment.',
  },
  ReportsOutdated: {
    status: 410,
    who: 'operator',
    retry: false,
    sentence:
      'This hub takes no reports of single receipts any more: since version 3 receipts are signed by the batch, and reported so.',
    next: 'Update the gateway: one of this version reports segments to POST /v1/calls.',
  },
  // Identity
  SignatureMissing: clientReasons.SignatureMissing,
  SignatureInvalid: {
    ...callerMends,
    status: 401,
    sentence: 'The signature does not belong to this signer and content.',
    next: 'Sign exactly what is sent, with the key of the signer.',
  },
  RequestExpired: {
    ...callerMends,
    status: 401,
    sentence: 'The request was signed too long ago or in the future.',
    next: 'Set the clock of this machine, sign again.',
  },
  RequestReplayed: {
    ...callerMends,
    status: 401,
    sentence: 'This signed request was already used.',
    next: 'Sign again with a new nonce.',
  },
  AudienceMismatch: {
    ...callerMends,
    status: 401,
    sentence: 'This was signed for another hub or gateway, or for none.',
    next: 'Sign it again for this one: GET /v1/network names the hub, GET /v1/gateway the gateway.',
  },
  SignerNotAllowed: {
    ...callerMends,
    status: 403,
    sentence: 'This key may not do that.',
    next: 'Use the key that owns the subject.',
  },
  DelegationMissing: {
    ...callerMends,
    status: 403,
    sentence: 'This key may not call in that name: it was never allowed, its time is over, or it was revoked.',
    next: 'The owner of the name allows it: callable key delegate ADDRESS --scope call. Or call in your own name.',
  },
  // A proxy that signs
  PageRefused: {
    ...callerMends,
    status: 403,
    sentence: 'This proxy signs with the key of whoever started it, so no page in a browser may use it.',
    next: 'Call from a program, or have the page call the gateway itself and sign with a key of its own (@callable/sdk).',
  },
  ProxyTokenMissing: {
    ...callerMends,
    status: 401,
    sentence: 'This proxy signs for whoever knows its token.',
    next: 'Send it with each call: Authorization: Bearer and what is in the file of callable proxy --token.',
  },
  // Names
  NameInvalid: {
    ...callerMends,
    sentence: 'The name is outside its grammar.',
    next: 'Names are a-z, 0-9 and inner . _ -, versions are like 1.2.3.',
  },
  ReleaseNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'There is no such release.',
    next: 'Look for it with GET /v1/releases?search=name.',
  },
  ReleaseYanked: {
    ...callerMends,
    status: 410,
    sentence: 'The publisher has withdrawn this release from new callers.',
    next: 'Use another version, or name it by its digest: publisher/name@sha256:….',
  },
  ReleaseRefused: {
    status: 451,
    who: 'operator',
    retry: false,
    sentence: 'The operator of this hub refuses to do that with this release.',
    next: 'Read why on the page of the release; another hub may serve it.',
  },
  AliasLoop: {
    ...publisherMends,
    status: 409,
    sentence: 'The target of the alias is another alias, or the alias itself.',
    next: 'Name the model that shall answer.',
  },
  VersionExists: {
    ...publisherMends,
    status: 409,
    sentence: 'This version exists with other content; a version is never overwritten.',
    next: 'Publish under a new version: --version.',
  },
  HandleTaken: {
    ...publisherMends,
    status: 409,
    sentence: 'This handle belongs to another key.',
    next: 'Choose another handle.',
  },
  HandleNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'Nobody has claimed this handle.',
    next: 'Use the address of the publisher.',
  },
  NodeNotFound: { ...callerMends, status: 404, sentence: 'There is no such node.', next: 'List them: GET /v1/nodes.' },
  // Statements and manifests
  StatementInvalid: {
    ...publisherMends,
    sentence: 'The statement does not fit its kind.',
    next: 'See docs/glossary.md for the kinds of statements.',
  },
  StatementTooLarge: {
    ...publisherMends,
    sentence: 'The statement is larger than the log takes of its kind.',
    next: 'Leave out what its kind does not need: most kinds have 4096 bytes.',
  },
  StatementFutureDated: {
    ...publisherMends,
    sentence: 'The statement is dated in the future.',
    next: 'Set the clock of this machine, sign again.',
  },
  StatementOutdated: {
    ...publisherMends,
    status: 409,
    sentence: 'This statement was signed too long ago, or its signer has said something later.',
    next: 'Sign it again now, if it still holds.',
  },
  TooManyStatements: {
    ...callerMends,
    status: 429,
    retry: true,
    sentence: 'This key, or its network, has said as much as it may in a day.',
    next: 'Wait as long as Retry-After says.',
  },
  ManifestInvalid: {
    ...publisherMends,
    sentence: 'The manifest does not fit its rules.',
    next: 'Mend what the message names: in the manifest, or in the model and the options it was made from.',
  },
  DigestMismatch: {
    ...publisherMends,
    sentence: 'The statement was signed over another manifest.',
    next: 'Sign the digest of exactly this manifest.',
  },
  // Uploads
  UploadNotFound: {
    ...publisherMends,
    status: 404,
    sentence: 'There is no such upload, it has expired, or it stood still while its room was needed.',
    next: 'Start again: chunks that arrived are not sent twice.',
  },
  ChunkUnknown: {
    ...publisherMends,
    status: 404,
    sentence: 'The upload did not announce this chunk.',
    next: 'Announce every chunk when the upload is created.',
  },
  ChunkMismatch: {
    ...publisherMends,
    sentence: 'The bytes of this chunk do not have its hash or size.',
    next: 'Send this chunk again.',
  },
  PieceOutOfOrder: {
    ...publisherMends,
    status: 409,
    sentence: 'The bytes of this chunk before this piece are not here.',
    next: 'Send the pieces of a chunk in order, from its first byte on.',
  },
  UploadMismatch: {
    ...publisherMends,
    sentence: 'All chunks match, but the file they make does not have its sha256.',
    next: 'Hash the file again and create a new upload.',
  },
  QuotaExceeded: {
    ...publisherMends,
    status: 413,
    sentence: 'This is more than one release, key or network may upload here.',
    next: 'Let your other uploads end, publish a smaller model, or use another hub.',
  },
  DiskFull: {
    status: 507,
    who: 'operator',
    retry: true,
    sentence: 'The disk of this server is full.',
    next: 'The operator frees space; run the same command again, nothing is lost.',
  },
  UploadWaits: {
    status: 503,
    who: 'network',
    retry: true,
    sentence: 'Older uploads have the first claim on the room that is left.',
    next: 'Wait as long as Retry-After says: what has arrived stays, and the same command goes on by itself.',
  },
  UsageDayNotWritten: {
    ...callerMends,
    status: 404,
    sentence: 'This day is not over, nobody was called on it, or its figures are still being written.',
    next: 'List the days that are there: GET /v1/usage/days. A day is written within minutes of midnight, UTC.',
  },
  BlobNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'There are no such bytes here.',
    next: 'Check the hash, or publish the file.',
  },
  // Reading a model
  FileUnreadable: {
    ...publisherMends,
    sentence: 'The file cannot be read.',
    next: 'Check the path and its permissions.',
  },
  FileChanged: {
    ...publisherMends,
    sentence: 'A file changed while it was uploaded.',
    next: 'Let whatever writes it finish, then run the same command again.',
  },
  NotAModel: {
    ...publisherMends,
    sentence: 'The file is not an ONNX model.',
    next: 'Export the model to ONNX and publish that file.',
  },
  LfsPointer: {
    ...publisherMends,
    sentence: 'The file is a Git LFS pointer, not the model itself.',
    next: 'Run git lfs pull, then publish again.',
  },
  Truncated: { ...publisherMends, sentence: 'The model file ends too early.', next: 'Copy or download it again.' },
  ExampleInvalid: {
    ...publisherMends,
    sentence: 'The example does not fit the inputs of the model.',
    next: 'Mend the example file as the message says.',
  },
  ExpectedInvalid: {
    ...publisherMends,
    sentence: 'The expected answers do not fit the outputs of the model.',
    next: 'Mend the file of --expected as the message says.',
  },
  ExpectedDiffers: {
    ...publisherMends,
    sentence: 'The exported model answers otherwise than the framework it comes from.',
    next: 'Export the model again as the message says; --tolerance allows for rounding.',
  },
  ExampleFailed: {
    ...publisherMends,
    sentence: 'The model failed on the example.',
    next: 'Give an example the model can answer: --example.',
  },
  // Webhooks
  WebhookUrlInvalid: {
    ...callerMends,
    sentence: 'The address of the webhook is none that this hub dials.',
    next: 'Give a public https URL without user, password and fragment.',
  },
  TooManyWebhooks: {
    ...callerMends,
    status: 409,
    sentence: 'There are as many webhooks of this key, of its network or of this hub as there may be.',
    next: 'End one first: callable webhooks rm ID.',
  },
  WebhookNotFound: {
    ...callerMends,
    status: 404,
    sentence: 'This key has no such webhook.',
    next: 'See callable webhooks list.',
  },
  EndpointUnverified: {
    ...callerMends,
    sentence: 'The endpoint of the webhook did not repeat its challenge.',
    next: 'Have it answer data.challenge of webhook.verify in its body, then add the webhook again.',
  },
  EndpointFailing: {
    ...callerMends,
    sentence: 'The endpoint of the webhook took nothing for three days.',
    next: 'Mend the endpoint, then add the webhook again.',
  },
  EndpointGone: {
    ...callerMends,
    status: 410,
    sentence: 'The endpoint of the webhook answered that it is gone.',
    next: 'Add the webhook again if it is not.',
  },
  // Accidents
  HubUnreachable: clientReasons.HubUnreachable,
  DataInUse: {
    status: 409,
    who: 'operator',
    retry: false,
    sentence: 'Another process runs on this data directory, and two would destroy what is in it.',
    next: 'Use what runs there, or stop it; or name another directory: --data DIR.',
  },
  NotReady: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'The server is starting or stopping.',
    next: 'Try again in a moment.',
  },
  DatabaseUnavailable: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'The database of this hub does not answer at the moment.',
    next: 'Try again as Retry-After says: calls go on meanwhile, and what was acknowledged is kept.',
  },
  LogRolledBack: {
    status: 503,
    who: 'operator',
    retry: false,
    sentence:
      'This hub has signed a later log than the one it holds: it was put back from a copy, and signs nothing more.',
    next: 'Bring the missing entries back: callable log recover. Until then it answers reads only.',
  },
  RulesUnknown: {
    status: 500,
    who: 'operator',
    retry: false,
    sentence: 'The log of this network names rules that this software does not know.',
    next: 'Start a newer version of this software on the same data.',
  },
  Internal: {
    status: 500,
    who: 'operator',
    retry: true,
    sentence: 'Something failed inside the server.',
    next: 'Try again; tell the operator the request id if it stays.',
  },
} as const satisfies Record<string, Reason>;
