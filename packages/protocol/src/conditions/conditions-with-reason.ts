import type { conditionReasons } from '../reasons/condition-reasons.ts';
import type { ConditionType } from './condition.ts';
import { conditionTypes } from './condition.ts';

/** Beside those of conditions, what a gateway answers to a probe because the hub will not have it answered, or cannot. */
type Code =
  | keyof typeof conditionReasons
  | 'ReleaseRefused'
  | 'HubUnreachable'
  | 'NotReady'
  | 'DatabaseUnavailable'
  | 'GatewayHoldsTooMuch'
  | 'HubHoldsTooMuch'
  | 'LogRolledBack';

const checkedByRunning = [
  'UnsafeModel',
  'UnsupportedFormat',
  'UnsupportedOperator',
  'UnsupportedOpset',
  'KernelMissing',
  'UnsupportedValueType',
  'SchemaMismatch',
  'LoadFailed',
  'OutOfMemory',
  'TimedOut',
  'RunFailed',
  'RunnerDied',
  'VectorFailed',
  'FileMissing',
  'HashMismatch',
] as const satisfies Code[];

/** Under which conditions a reason is found, in the order of the path. */
const reasonsByCondition: Record<ConditionType, readonly Code[]> = {
  Uploaded: ['AllBytesArrived', 'UploadIncomplete'],
  Stored: [
    'AllFilesReadBack',
    'AwaitingStore',
    'HashMismatch',
    'FileMissing',
    'BlobExpired',
    'StorageUnavailable',
    'CheckStale',
  ],
  Verified: [
    'VectorsPassed',
    'AwaitingValidators',
    'ValidatorsDisagree',
    'AwaitingSeed',
    'SeedsDisagree',
    'NoVectors',
    'VectorTooLoose',
    'NoNodeFits',
    'PolicyChanged',
    'CheckStale',
    ...checkedByRunning,
  ],
  Reachable: [
    'ProbeAnswered',
    'AwaitingProbe',
    'ProbeTimeout',
    'ProbeFailed',
    // Of the hub or its gateway: Unknown, and never False.
    'HubUnreachable',
    'NotReady',
    'DatabaseUnavailable',
    'GatewayHoldsTooMuch',
    'HubHoldsTooMuch',
    'LogRolledBack',
    'NoNodeHoldsModel',
    'NoNodeFits',
    'CachedNotLoaded',
    'Quarantined',
    'ReleaseRefused',
    'CheckStale',
    ...checkedByRunning,
  ],
  Worked: ['CalledIndependently', 'CalledWithoutKey', 'NeverCalled', 'OnlyPublisherCalls', 'RecentFailures'],
};

/** The conditions that may stand as they do for this reason; none when it only ends requests. */
export function conditionsWithReason(code: string): ConditionType[] {
  return conditionTypes.filter((type) => (reasonsByCondition[type] as readonly string[]).includes(code));
}
