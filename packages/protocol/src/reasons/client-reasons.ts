import type { Reason } from './reason.ts';

/**
 * The rows of `request-reasons.ts` that a client itself writes. They stand behind `#reasons` in browsers, 0.4 kB of 16;
 * the table of `reasons.ts` does on Node.
 */
export const reasons = {
  SignatureMissing: {
    status: 401,
    who: 'caller',
    retry: false,
    sentence: 'This request must be signed.',
    next: 'Sign it with your key: the SDK and the command line do.',
  },
  HubUnreachable: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'The hub does not answer.',
    next: 'Check the address and that it runs (npm start); run the same command again.',
  },
} as const satisfies Record<string, Reason>;
