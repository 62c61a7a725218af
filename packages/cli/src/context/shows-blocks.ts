/**
 * Whether a plot may be made of block characters. A locale that is named and is not UTF-8 shows question marks instead,
 * and the fonts of dumb terminals and of the Linux console lack most of them. Containers name no locale, and their
 * terminals can.
 */
export function showsBlocks(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
