import { allowsHost, CallableError, type PeerScope } from '@callable/protocol';

/**
 * The address of an endpoint. From a hub that the world reaches only https is dialled: what speaks plain text on some port
 * would take our head for its own. Never names the address in an error: it may be a password.
 */
export function parseWebhookUrl(text: string, scope: PeerScope): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const refuse = (why: string) => new CallableError('WebhookUrlInvalid', why);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refuse('The URL of a webhook is an https URL.');
  if (url.protocol === 'http:' && scope === 'public') throw refuse('This hub dials https only.');
  if (url.username || url.password || url.hash) throw refuse('The URL of a webhook has no user, password or fragment.');
  if (url.port !== '' && url.port !== '80' && Number(url.port) < 1024)
    throw refuse('Its port is 443, or 1024 and above.');
  if (!allowsHost(scope, url.hostname)) throw refuse('It leads where this hub asks nobody.');
  return url;
}
