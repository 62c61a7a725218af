import { CallableError } from '@callable/protocol';

/** Public base URLs as a setting names them. Throws RequestInvalid naming the setting. */
export function parsePublicUrls(setting: string, text = ''): string[] {
  return text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '')
    .map((url) => {
      const found = URL.canParse(url) ? new URL(url) : null;
      if (found && isBase(found)) return found.origin;
      throw new CallableError(
        'RequestInvalid',
        `${setting} is base URLs like https://hub.example, separated by commas, not ${JSON.stringify(url)}.`,
      );
    });
}

/** A password would end up in logs; a path would be signed by nobody. */
const isBase = ({ protocol, username, password, pathname, search, hash }: URL) =>
  /^https?:$/.test(protocol) && pathname === '/' && username + password + search + hash === '';
