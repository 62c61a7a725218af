import { readTrustedProxies, type TrustedProxies } from '@callable/http';
import { CallableError, callBodyBytes, ownMember, type PrivateKey, parsePrivateKey } from '@callable/protocol';

/** Everything a gateway can be told. Times in milliseconds, sizes in bytes. */
export type GatewayConfig = {
  host: string;
  port: number;
  hubUrl: string;
  /** Signs the reports of calls, and is whom signed calls are for. Without one a new key is made at every start. */
  key: PrivateKey | null;
  /** Where used nonces are kept beyond a restart. Without it nothing is, and a key of its own takes nothing signed before its start. */
  dataDir: string | null;
  /**
   * The base URLs nodes dial. A node signs the host it dialled; with none configured only loopback names are
   * accepted, because whoever relays a handshake chooses the Host header freely.
   */
  publicUrls: readonly string[];
  bodyBytes: number;
  /** Bytes of request bodies kept in memory at the same time, from all networks and from one. */
  heldBodyBytes: number;
  heldBodyBytesPerNetwork: number;
  /** How long a body may send nothing. */
  bodyIdleMs: number;
  /** Calls without a key per minute and remote address; 0 is no limit. Null is 60, but none where only this machine calls. */
  anonymousCallsPerMinute: number | null;
  /** Signed calls per minute of one remote address, 18,000, and of one key, 3,000; 0 and null as above. */
  signedCallsPerMinute: number | null;
  keyCallsPerMinute: number | null;
  defaultTimeoutMs: number;
  maximumTimeoutMs: number;
  /** How long a caller may take no piece of its answer before the call ends: it holds a model that others wait for. */
  callerStallMs: number;
  /** How many calls may wait at a node for each of its slots before it counts as full. A caller alone has half of that. */
  callsPerSlot: number;
  /** Node links at the same time. */
  links: number;
  /** Whose `X-Forwarded-For` names the remote address. */
  trustedProxies: TrustedProxies;
  /** Whether plain calls are read by our own reader; otherwise node:http reads all. */
  ownReader: boolean;
  logLevel: string;
};

export const defaultGatewayConfig: GatewayConfig = {
  host: '127.0.0.1',
  port: 4600,
  hubUrl: 'http://127.0.0.1:4600',
  key: null,
  dataDir: null,
  publicUrls: [],
  bodyBytes: callBodyBytes,
  heldBodyBytes: 256 * 1024 * 1024,
  heldBodyBytesPerNetwork: 38 * 1024 * 1024,
  bodyIdleMs: 10_000,
  anonymousCallsPerMinute: null,
  signedCallsPerMinute: null,
  keyCallsPerMinute: null,
  defaultTimeoutMs: 30_000,
  maximumTimeoutMs: 120_000,
  callerStallMs: 10_000,
  callsPerSlot: 1024,
  links: 10_000,
  trustedProxies: 0,
  ownReader: true,
  logLevel: 'info',
};

/** The configuration of a stand-alone gateway. Throws RequestInvalid naming the variable that does not fit. */
export function readGatewayConfig(env: Record<string, string | undefined>): GatewayConfig {
  const text = (name: string, standard: string) => ownMember(env, name) ?? standard;
  const count = (name: string, standard: number) => readCount(name, ownMember(env, name), standard);
  const countOrNull = (name: string) => (ownMember(env, name) ? count(name, 0) : null);
  const heldBodyBytes = count('CALLABLE_GATEWAY_HELD_BODY_BYTES', defaultGatewayConfig.heldBodyBytes);
  return {
    host: text('CALLABLE_GATEWAY_HOST', defaultGatewayConfig.host),
    port: count('CALLABLE_GATEWAY_PORT', 4601),
    hubUrl: text('CALLABLE_HUB_URL', defaultGatewayConfig.hubUrl),
    key: readKey(env.CALLABLE_GATEWAY_KEY),
    dataDir: env.CALLABLE_GATEWAY_DATA || null,
    publicUrls: readUrls('CALLABLE_GATEWAY_PUBLIC_URLS', env.CALLABLE_GATEWAY_PUBLIC_URLS),
    bodyBytes: count('CALLABLE_GATEWAY_BODY_BYTES', defaultGatewayConfig.bodyBytes),
    heldBodyBytes,
    heldBodyBytesPerNetwork: count(
      'CALLABLE_GATEWAY_HELD_BODY_BYTES_PER_NETWORK',
      Math.min(heldBodyBytes, defaultGatewayConfig.heldBodyBytesPerNetwork),
    ),
    bodyIdleMs: count('CALLABLE_GATEWAY_BODY_IDLE_MS', defaultGatewayConfig.bodyIdleMs),
    anonymousCallsPerMinute: countOrNull('CALLABLE_GATEWAY_ANONYMOUS_CALLS_PER_MINUTE'),
    signedCallsPerMinute: countOrNull('CALLABLE_GATEWAY_SIGNED_CALLS_PER_MINUTE'),
    keyCallsPerMinute: countOrNull('CALLABLE_GATEWAY_KEY_CALLS_PER_MINUTE'),
    defaultTimeoutMs: count('CALLABLE_GATEWAY_TIMEOUT_MS', defaultGatewayConfig.defaultTimeoutMs),
    maximumTimeoutMs: count('CALLABLE_GATEWAY_MAXIMUM_TIMEOUT_MS', defaultGatewayConfig.maximumTimeoutMs),
    callerStallMs: count('CALLABLE_GATEWAY_CALLER_STALL_MS', defaultGatewayConfig.callerStallMs),
    callsPerSlot: count('CALLABLE_GATEWAY_CALLS_PER_SLOT', defaultGatewayConfig.callsPerSlot),
    links: count('CALLABLE_GATEWAY_LINKS', defaultGatewayConfig.links),
    trustedProxies: readTrustedProxies(env, 'GATEWAY'),
    ownReader: readSwitch('CALLABLE_GATEWAY_OWN_READER', ownMember(env, 'CALLABLE_GATEWAY_OWN_READER')),
    logLevel: text('CALLABLE_LOG_LEVEL', defaultGatewayConfig.logLevel),
  };
}

function readCount(name: string, value: string | undefined, standard: number): number {
  if (value === undefined || value === '') return standard;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new CallableError('RequestInvalid', `${name} must be a whole number, not "${value}".`);
  return number;
}

/** On unless it is `off`; another word is refused. */
function readSwitch(name: string, value: string | undefined): boolean {
  if (value === undefined || value === '' || value === 'on') return true;
  if (value === 'off') return false;
  throw new CallableError('RequestInvalid', `${name} is on or off, not "${value}".`);
}

function readUrls(name: string, value: string | undefined): string[] {
  const urls = (value ?? '')
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  const wrong = urls.find((url) => !/^(?:https?|wss?):\/\//.test(url) || !URL.canParse(url));
  if (wrong === undefined) return urls;
  throw new CallableError(
    'RequestInvalid',
    `${name} is URLs like https://gateway.example, not ${JSON.stringify(wrong)}.`,
  );
}

function readKey(value: string | undefined): PrivateKey | null {
  if (value === undefined || value === '') return null;
  const key = parsePrivateKey(value);
  // The value is a secret: the message must not repeat it.
  if (!key) throw new CallableError('RequestInvalid', 'CALLABLE_GATEWAY_KEY is not a private key (64 hex digits).');
  return key;
}
