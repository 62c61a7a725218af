/**
 * What tests and benchmarks put in the place of something else. One home, so that none is written twice; nothing that
 * is published or started by a user imports it.
 */

export { describeFile } from './files/describe-file.ts';
export { sha256 } from './files/sha256.ts';
export { type GatewayStandIn, playAnsweringGateway, playGateway } from './gateways/play-gateway.ts';
export { readEvents } from './gateways/read-events.ts';
export { reportBatches, reportCall } from './gateways/report-batches.ts';
export { asVersion2, reportOf } from './gateways/report-of.ts';
export { brokenStream } from './hubs/broken-stream.ts';
export { createPublisherHub } from './hubs/create-publisher-hub.ts';
export { problem } from './hubs/problem.ts';
export { standing } from './hubs/standing.ts';
export { type NodeHub, startNodeHub } from './hubs/start-node-hub.ts';
export { randomKey } from './keys/random-key.ts';
export { fetchFrom } from './networks/fetch-from.ts';
export { publicAddressOf } from './networks/public-address-of.ts';
export { startForwardingProxy } from './networks/start-forwarding-proxy.ts';
export {
  answerDoubled,
  createTestNode,
  refuse,
  type TestNode,
  type TestNodeOptions,
} from './nodes/create-test-node.ts';
export { dial, linkOf } from './nodes/dial-gateway.ts';
export {
  commitmentTo,
  commitUntilReveal,
  emptyAnnouncement,
  findingOf,
  joinAsNode,
  lease,
  tellHoldings,
  validateNext,
} from './nodes/play-node.ts';
export { createUser, type User } from './publishing/create-user.ts';
export { manifestOf } from './publishing/manifest-of.ts';
export { publishBytes } from './publishing/publish-bytes.ts';
export { publishDirectly } from './publishing/publish-directly.ts';
export { sendBytes } from './publishing/send-bytes.ts';
export { signForHub } from './publishing/sign-for-hub.ts';
export { signPublish } from './publishing/sign-publish.ts';
export { conditionOf, isCallable, isTrue, untilRelease } from './publishing/until-release.ts';
export { createReceipt } from './receipts/create-receipt.ts';
export { createTestReceipts } from './receipts/create-test-receipts.ts';
export { factsOf, testSalt } from './receipts/facts-of.ts';
export { type BatchPlayer, type PlayedCall, playBatches, signCall } from './receipts/play-batches.ts';
export { createReceipt3, signInBatch } from './receipts/sign-in-batch.ts';
export { createRelease } from './releases/create-release.ts';
export { createReleaseView, publisher } from './releases/create-release-view.ts';
export { describeModel } from './releases/describe-model.ts';
export { describeRelease } from './releases/describe-release.ts';
export { doublingModel } from './releases/doubling-model.ts';
export { doublingRelease } from './releases/doubling-release.ts';
export { lookupFields, lookupModel } from './releases/lookup-model.ts';
export { loopingRelease, mostSteps } from './releases/looping-release.ts';
export type { Release, ReleaseFields } from './releases/release.ts';
export { toyRelease } from './releases/toy-release.ts';
export { type LookupModel, writeLookupModel } from './releases/write-lookup-model.ts';
