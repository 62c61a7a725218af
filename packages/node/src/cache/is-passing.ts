import { CallableError } from '@callable/protocol';

/** What a hub says, or is taken to say, while it restarts or is overloaded. */
const passing = new Set<string>(['HubUnreachable', 'NotReady', 'DatabaseUnavailable', 'TooManyRequests', 'Internal']);

/** Whether a failed request is worth repeating; after any other answer of the hub it cannot help with this fetch. */
export const isPassing = (error: unknown): boolean => error instanceof CallableError && passing.has(error.code);
