import { CallableError } from '@callable/protocol';

/** Whether a proxy answered 407: the one answer that `fetch` keeps to itself. Node 20 fails without a word then. */
export function isProxyLogin(error: unknown): boolean {
  const failure = error instanceof CallableError && error.code === 'HubUnreachable' ? error.cause : null;
  const reason = failure instanceof TypeError ? failure.cause : null;
  return reason instanceof Error && !('code' in reason) && /^(|proxy auth.*)$/.test(reason.message);
}
