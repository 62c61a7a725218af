import { refusesOnClose } from '@callable/http';
import type { FastifyServerOptions } from 'fastify';
import { answerRouterError } from './answer-problems.ts';

/** What a Fastify server needs to be told before the hub's API is put on it. */
export const serverOptions = {
  ...refusesOnClose,
  // A name of 63 characters with a long prerelease is 134; a router that stops at 100 would call it unknown.
  routerOptions: { maxParamLength: 200 },
  frameworkErrors: answerRouterError,
} satisfies FastifyServerOptions;
