import { join, resolve } from 'node:path';
import { parsePublicUrls, readTrustedProxies } from '@callable/http';
import {
  type Address,
  CallableError,
  defaultPolicy,
  ownMember,
  type PeerScope,
  parseAddress,
  peerScopes,
  scopeOfHost,
} from '@callable/protocol';
import type { S3Settings } from '@callable/storage';
import { defaultLimits, type HubConfig } from './hub-config.ts';
import { parseSeeds } from './parse-seeds.ts';
import { readLogConfig } from './read-log-config.ts';
import { readWalrusKeeping } from './read-walrus-keeping.ts';
import { defaultWalrusApiConfig } from './walrus-api-config.ts';

/** The settings of a hub from its environment; throws naming the variable that does not fit. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): HubConfig {
  const port = Number(env['CALLABLE_HUB_PORT'] ?? 4600);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new CallableError('RequestInvalid', 'CALLABLE_HUB_PORT is not a port number.');
  const host = env['CALLABLE_HUB_HOST'] ?? '127.0.0.1';
  return {
    dataDir: resolve(env['CALLABLE_DATA'] ?? join('.callable', 'hub')),
    databaseUrl: env['DATABASE_URL'] || null,
    host,
    port,
    publicUrls: parsePublicUrls('CALLABLE_HUB_PUBLIC_URLS', env['CALLABLE_HUB_PUBLIC_URLS']),
    gateways: list(env['CALLABLE_GATEWAYS'] ?? `http://127.0.0.1:${port}`),
    trustedGateways: list(env['CALLABLE_TRUSTED_GATEWAYS'] ?? '').map((text) =>
      addressIn('CALLABLE_TRUSTED_GATEWAYS', text),
    ),
    labelers: list(env['CALLABLE_LABELERS'] ?? '').map((text) => addressIn('CALLABLE_LABELERS', text)),
    policy: { ...defaultPolicy, ...parseSeeds('CALLABLE_SEEDS', env['CALLABLE_SEEDS']) },
    peerScope: readScope(env['CALLABLE_PEER_SCOPE'], host),
    limits: { ...defaultLimits, statementPace: readPace(env['CALLABLE_STATEMENT_PACE']) },
    walrusApi: defaultWalrusApiConfig,
    aggregators: list(env['CALLABLE_WALRUS_AGGREGATORS'] ?? '').map(parseAggregator),
    walrusKeeping: readWalrusKeeping(env),
    trustedProxies: readTrustedProxies(env, 'HUB'),
    log: readLogConfig(env),
    s3: readBucket(env),
  };
}

/** Null without a bucket; throws naming the variable that is missing beside it. */
function readBucket(env: Readonly<Record<string, string | undefined>>): S3Settings | null {
  if (!env['CALLABLE_S3_BUCKET']) return null;
  const need = (name: string) => {
    const value = ownMember(env, name);
    if (!value) throw new CallableError('RequestInvalid', `CALLABLE_S3_BUCKET is set, so ${name} must be set too.`);
    return value;
  };
  return {
    endpoint: need('CALLABLE_S3_ENDPOINT'),
    bucket: need('CALLABLE_S3_BUCKET'),
    region: env['CALLABLE_S3_REGION'] || 'us-east-1',
    credentials: { accessKeyId: need('AWS_ACCESS_KEY_ID'), secretAccessKey: need('AWS_SECRET_ACCESS_KEY') },
  };
}

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function readPace(text = ''): number {
  const pace = text === '' ? 1 : Number(text);
  if (Number.isFinite(pace) && pace > 0) return pace;
  throw new CallableError(
    'RequestInvalid',
    `CALLABLE_STATEMENT_PACE multiplies how much may be said in a day: a number above 0, not ${text}.`,
  );
}

/** A hub that only this machine reaches has its nodes here too; any other sends nobody into private networks unasked. */
function readScope(text: string | undefined, host: string): PeerScope {
  if (text === undefined || text === '') return scopeOfHost(host) === 'loopback' ? 'loopback' : 'public';
  const scope = peerScopes.find((word) => word === text);
  if (!scope)
    throw new CallableError('RequestInvalid', `CALLABLE_PEER_SCOPE is one of ${peerScopes.join(', ')}, not ${text}.`);
  return scope;
}

function parseAggregator(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  // A password would end up in logs.
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search) return text;
  throw new CallableError(
    'RequestInvalid',
    'CALLABLE_WALRUS_AGGREGATORS is base URLs separated by commas, without credentials or query.',
  );
}

function addressIn(variable: string, text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new CallableError('RequestInvalid', `${variable} holds ${text}, which is not an address.`);
  return address;
}
