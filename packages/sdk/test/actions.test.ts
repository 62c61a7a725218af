import {
  ActivationView,
  AuditList,
  AuditView,
  CommitAnswer,
  digestBytes,
  FetchAnswer,
  GapList,
  HoldingList,
  HoldingsAnswer,
  hexOfDigest,
  KeyView,
  LabelList,
  LeaseAnswer,
  LoggedStatementView,
  LogView,
  NetworkView,
  NodeList,
  NodeStandingList,
  PublishAnswer,
  QueuePlaces,
  QueueView,
  RankingView,
  ReceiptProof,
  ReleaseList,
  ReleaseView,
  RunAnswer,
  SegmentTaken,
  SignedReceipt3,
  StatementList,
  signStatement,
  Task,
  UploadView,
  UsageView,
  verifyRequest,
  WakeEstimate,
  WantedList,
  WebhookCreated,
  WebhookList,
} from '@callable/protocol';
import type { TSchema } from '@callable/protocol/schema';
import { describe, expect, test } from 'vitest';
import type { Client } from '../src/client/client.ts';
import * as sdk from '../src/index.ts';
import { audiences, digest, hex, key, signer, signing } from './examples.ts';
import { sample } from './sample.ts';
import { sendJson, serve } from './serve.ts';

const bytes = new TextEncoder().encode('seven');
const sha256 = hexOfDigest(digestBytes(bytes));
const yanked = { kind: 'release.yanked', subject: digest, body: { yanked: true, note: '' }, issuedAt: 1 };
const statement = signStatement(yanked, key);
const task = sample(Task);
const announcement = { slots: { used: 0, limit: 1 }, draining: false };
const page = { after: 0, upTo: 0, more: false, held: [], gone: [] };
const fetching = { file: hex, release: digest, have: '', working: [], want: 1, peerUrl: null, dropped: [], waitMs: 0 };
const result = { token: 't', statement: null };

type Row = {
  name: keyof typeof sdk;
  act: (client: Client) => Promise<unknown>;
  line: string;
  signed?: true;
  json?: unknown;
  /** What is answered; an empty 204 without it. */
  answer?: TSchema;
};

const rows: Row[] = [
  {
    name: 'addWebhook',
    act: (c) => sdk.addWebhook(c, { url: 'https://a.example/hook', publisher: signer }),
    line: 'POST /v1/webhooks',
    signed: true,
    json: { url: 'https://a.example/hook', publisher: signer },
    answer: WebhookCreated,
  },
  { name: 'removeWebhook', act: (c) => sdk.removeWebhook(c, 'a1'), line: 'DELETE /v1/webhooks/a1', signed: true },
  {
    name: 'listWebhooks',
    act: (c) => sdk.listWebhooks(c),
    line: 'GET /v1/webhooks',
    signed: true,
    answer: WebhookList,
  },
  { name: 'getAudit', act: (c) => sdk.getAudit(c, hex), line: `GET /v1/audits/${hex}`, answer: AuditView },
  { name: 'listAudits', act: (c) => sdk.listAudits(c), line: 'GET /v1/audits', answer: AuditList },
  {
    name: 'listAudits',
    act: (c) => sdk.listAudits(c, { node: signer }),
    line: `GET /v1/audits?node=${signer}`,
    answer: AuditList,
  },
  {
    name: 'showCall',
    act: (c) => sdk.showCall(c, hex, { bytes, sha256 }),
    line: `POST /v1/audits/${hex}/call?sha256=${sha256}`,
    signed: true,
  },
  { name: 'readShownCall', act: (c) => sdk.readShownCall(c, hex), line: `GET /v1/audits/${hex}/call`, signed: true },
  {
    name: 'leaseChunks',
    act: (c) => sdk.leaseChunks(c, fetching),
    line: 'POST /v1/fetches/lease',
    signed: true,
    json: fetching,
    answer: FetchAnswer,
  },
  { name: 'getKey', act: (c) => sdk.getKey(c, 'a/b'), line: 'GET /v1/keys/a%2Fb', answer: KeyView },
  {
    name: 'listLabels',
    act: (c) => sdk.listLabels(c, digest),
    line: `GET /v1/labels?subject=${encodeURIComponent(digest)}`,
    answer: LabelList,
  },
  { name: 'getLog', act: (c) => sdk.getLog(c), line: 'GET /v1/log', answer: LogView },
  { name: 'getNetwork', act: (c) => sdk.getNetwork(c), line: 'GET /v1/network', answer: NetworkView },
  { name: 'listNodes', act: (c) => sdk.listNodes(c), line: 'GET /v1/nodes', answer: NodeList },
  {
    name: 'listNodes',
    act: (c) => sdk.listNodes(c, { convicted: true }),
    line: 'GET /v1/nodes?convicted=true',
    answer: NodeList,
  },
  {
    name: 'listNodes',
    act: (c) => sdk.listNodes(c, { convicted: false, after: `5-${signer}` }),
    line: `GET /v1/nodes?convicted=false&after=5-${signer}`,
    answer: NodeList,
  },
  {
    name: 'listNodeStandings',
    act: (c) => sdk.listNodeStandings(c, { after: signer }),
    line: `GET /v1/nodes/standings?after=${signer}`,
    answer: NodeStandingList,
  },
  {
    name: 'reportHoldings',
    act: (c) => sdk.reportHoldings(c, { session: hex, page }),
    line: 'POST /v1/nodes/holdings',
    signed: true,
    json: { session: hex, page },
    answer: HoldingsAnswer,
  },
  {
    name: 'listHoldings',
    act: (c) => sdk.listHoldings(c, signer),
    line: `GET /v1/nodes/${signer}/holdings`,
    answer: HoldingList,
  },
  {
    name: 'listGaps',
    act: (c) => sdk.listGaps(c, signer, { session: hex }),
    line: `GET /v1/nodes/${signer}/gaps?session=${hex}`,
    answer: GapList,
  },
  { name: 'getActivation', act: (c) => sdk.getActivation(c), line: 'GET /v1/activation', answer: ActivationView },
  {
    name: 'getUsage',
    act: (c) => sdk.getUsage(c, { release: 'acme/double@1.0.0' }, { days: 3 }),
    line: 'GET /v1/usage?release=acme%2Fdouble%401.0.0&days=3',
    answer: UsageView,
  },
  { name: 'getUsage', act: (c) => sdk.getUsage(c), line: 'GET /v1/usage', answer: UsageView },
  {
    name: 'getUsage',
    act: (c) => sdk.getUsage(c, { node: signer }),
    line: `GET /v1/usage?node=${signer}`,
    answer: UsageView,
  },
  {
    name: 'getRankings',
    act: (c) => sdk.getRankings(c, { kind: 'publisher', by: 'rising', limit: 5 }),
    line: 'GET /v1/rankings?kind=publisher&by=rising&limit=5',
    answer: RankingView,
  },
  { name: 'listWanted', act: (c) => sdk.listWanted(c, { days: 3 }), line: 'GET /v1/wanted?days=3', answer: WantedList },
  { name: 'getQueue', act: (c) => sdk.getQueue(c), line: 'GET /v1/queue', answer: QueueView },
  {
    name: 'getQueuePlaces',
    act: (c) => sdk.getQueuePlaces(c, 'acme/double@1.0.0'),
    line: 'GET /v1/queue/acme/double@1.0.0',
    answer: QueuePlaces,
  },
  {
    name: 'wakeRelease',
    act: (c) => sdk.wakeRelease(c, digest),
    line: 'POST /v1/wakes',
    signed: true,
    json: { release: digest },
    answer: WakeEstimate,
  },
  {
    name: 'sendSegment',
    act: (c) => sdk.sendSegment(c, new Uint8Array([1, 2])),
    line: 'POST /v1/calls',
    signed: true,
    answer: SegmentTaken,
  },
  {
    name: 'getReceipt',
    act: (c) => sdk.getReceipt(c, { session: hex, number: 7 }),
    line: `GET /v1/sessions/${hex}/receipts/7`,
    answer: SignedReceipt3,
  },
  {
    name: 'getProofOfCall',
    act: (c) => sdk.getProofOfCall(c, { session: hex, number: 7, node: signer as never }),
    line: `GET /v1/sessions/${hex}/receipts/7/proof?node=${signer}`,
    answer: ReceiptProof,
  },
  {
    name: 'getReceiptProof',
    act: (c) => sdk.getReceiptProof(c, hex),
    line: `GET /v1/receipts/${hex}/proof`,
    answer: ReceiptProof,
  },
  {
    name: 'getRelease',
    act: (c) => sdk.getRelease(c, 'acme/double'),
    line: 'GET /v1/releases/acme/double',
    answer: ReleaseView,
  },
  {
    name: 'listReleases',
    act: (c) => sdk.listReleases(c, { callable: true, limit: 2 }),
    line: 'GET /v1/releases?callable=true&limit=2',
    answer: ReleaseList,
  },
  {
    name: 'publishRelease',
    act: (c) => sdk.publishRelease(c, { manifest: {}, statement }),
    line: 'POST /v1/releases',
    json: { manifest: {}, statement },
    answer: PublishAnswer,
  },
  {
    name: 'runModel',
    act: (c) => sdk.runModel(c, 'acme/double', { x: 1 }),
    line: 'POST /v1/run/acme/double',
    signed: true,
    json: { x: 1 },
    answer: RunAnswer,
  },
  {
    name: 'listStatements',
    act: (c) => sdk.listStatements(c, digest),
    line: `GET /v1/releases/${digest}/statements?after=-1&limit=250`,
    answer: StatementList,
  },
  {
    name: 'submitStatement',
    act: (c) => sdk.submitStatement(c, statement),
    line: 'POST /v1/statements',
    json: statement,
    answer: LoggedStatementView,
  },
  {
    name: 'makeStatement',
    act: (c) =>
      sdk.makeStatement(
        { ...c, clock: () => 1 },
        { kind: 'release.yanked', subject: digest, body: { yanked: true, note: '' } },
      ),
    line: 'POST /v1/statements',
    json: signStatement({ ...yanked, hub: audiences.hub }, key),
    answer: LoggedStatementView,
  },
  {
    name: 'leaseTask',
    act: async (c) => ({ task: await sdk.leaseTask(c, { announcement, waitMs: 0 }) }),
    line: 'POST /v1/tasks/lease',
    signed: true,
    json: { announcement, waitMs: 0 },
    answer: LeaseAnswer,
  },
  {
    name: 'extendTask',
    act: (c) => sdk.extendTask(c, { ...task, id: 't1', token: 'k' }),
    line: 'POST /v1/tasks/t1/extend',
    signed: true,
    json: { token: 'k' },
    answer: Task,
  },
  {
    name: 'commitTask',
    act: (c) => sdk.commitTask(c, 't1', { token: 'k', statement }),
    line: 'POST /v1/tasks/t1/commit',
    signed: true,
    json: { token: 'k', statement },
    answer: CommitAnswer,
  },
  {
    name: 'completeTask',
    act: (c) => sdk.completeTask(c, 't1', result),
    line: 'POST /v1/tasks/t1/complete',
    signed: true,
    json: result,
  },
  {
    name: 'createUpload',
    act: (c) => sdk.createUpload(c, { files: [] }),
    line: 'POST /v1/uploads',
    signed: true,
    json: { files: [] },
    answer: UploadView,
  },
  {
    name: 'getUpload',
    act: (c) => sdk.getUpload(c, 'u1'),
    line: 'GET /v1/uploads/u1',
    signed: true,
    answer: UploadView,
  },
  {
    name: 'sendChunk',
    act: (c) => sdk.sendChunk(c, 'u1', { file: hex, index: 2, sha256 }, bytes),
    line: `PUT /v1/uploads/u1/files/${hex}/chunks/2`,
    signed: true,
  },
  {
    name: 'completeUpload',
    act: (c) => sdk.completeUpload(c, 'u1'),
    line: 'POST /v1/uploads/u1/complete',
    signed: true,
    json: {},
    answer: UploadView,
  },
];

describe.each(rows)('$name: $line', ({ act, line, signed, json, answer }) => {
  test('asks for that, signed or not, and gives back the answer', async () => {
    const value = answer && sample(answer);
    const { url, asked } = await serve((response) =>
      value === undefined ? response.writeHead(204).end() : sendJson(response, value),
    );
    const got = await act(signing(url));
    if (value !== undefined) expect(got).toEqual(value);
    const [one] = asked;
    expect(`${one?.method} ${one?.path}`).toBe(line);
    if (json !== undefined) expect(JSON.parse(String(one?.body))).toEqual(json);
    const body = hexOfDigest(digestBytes(one?.body ?? new Uint8Array()));
    const verdict = verifyRequest(
      { ...one!, body, isFor: (audience) => audience === audiences.hub || line.includes('/v1/run/') },
      Date.now(),
    );
    expect(verdict).toMatchObject(signed ? { ok: true, signer } : { ok: false, reason: 'SignatureMissing' });
  });

  test('throws what the server refuses with', async () => {
    const { url } = await serve((response) => response.writeHead(404).end('<html>no such page</html>'));
    await expect(act(signing(url))).rejects.toMatchObject({
      code: 'HubUnreachable',
      message: expect.stringContaining('404'),
    });
  });
});

test.each(rows.filter(({ answer }) => answer))('$name refuses an answer of another shape', async ({ act }) => {
  const { url } = await serve((response) => sendJson(response, { other: true }));
  await expect(act(signing(url))).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('answered something else than its API says'),
    remedy: expect.stringContaining('Check the address'),
  });
});

/** These have files of their own: where each is tested is beside it. */
const elsewhere = [
  'createClient',
  'createHeadMemory',
  'findAudience',
  'readFile',
  'readFileRange',
  'readJson',
  'readLogFile',
  'releasePath',
  'sendRequest',
  'watchRelease',
];

test('every export of the SDK has a test', () => {
  expect(Object.keys(sdk).sort()).toEqual([...new Set([...rows.map(({ name }) => name), ...elsewhere])].sort());
});
