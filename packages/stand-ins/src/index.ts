/**
 * What tests and benchmarks put in the place of something else. One home, so that none is written twice; nothing that
 * is published or started by a user imports it.
 */

export { describeFile } from './files/describe-file.ts';
export { sha256 } from './files/sha256.ts';
export { createRelease } from './releases/create-release.ts';
export { describeModel } from './releases/describe-model.ts';
export { describeRelease } from './releases/describe-release.ts';
export { doublingModel } from './releases/doubling-model.ts';
export { doublingRelease } from './releases/doubling-release.ts';
export { lookupFields, lookupModel } from './releases/lookup-model.ts';
export { loopingRelease, mostSteps } from './releases/looping-release.ts';
export type { Release, ReleaseFields } from './releases/release.ts';
export { toyRelease } from './releases/toy-release.ts';
export { type LookupModel, writeLookupModel } from './releases/write-lookup-model.ts';
