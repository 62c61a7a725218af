import type { UsageWord } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { touchFigures } from './figures/touch-figures.ts';

/** Adds what callers said in one statement, the one with the number `counted`. */
export async function addWords(tx: Transaction<Schema>, words: readonly UsageWord[], counted: number): Promise<void> {
  const [first] = words;
  if (!first) return;
  await touchFigures(tx, {
    ...{ day: first.day, counted, releases: words.map(({ release }) => release) },
    nodes: words.map(({ node }) => node.slice(2)),
  });
  await sql`
    insert into usage_word (day, call_day, release, caller, principal, node, gateway, tag, relied, came_right, came_wrong)
    select day, call_day, decode(release, 'hex'), decode(caller, 'hex'), decode(principal, 'hex'), decode(node, 'hex'), decode(gateway, 'hex'),
      decode(tag, 'hex'), relied, came_right, came_wrong
    from unnest(${words.map(({ day }) => day)}::integer[], ${words.map(({ callDay }) => callDay)}::integer[],
      ${words.map(({ release }) => release)}::text[], ${words.map(({ caller }) => caller.slice(2))}::text[],
      ${words.map(({ principal }) => principal.slice(2))}::text[], ${words.map(({ node }) => node.slice(2))}::text[],
      ${words.map(({ gateway }) => gateway.slice(2))}::text[], ${words.map(({ tag }) => tag)}::text[],
      ${words.map(({ relied }) => relied)}::bigint[], ${words.map(({ right }) => right)}::bigint[],
      ${words.map(({ wrong }) => wrong)}::bigint[])
      as given (day, call_day, release, caller, principal, node, gateway, tag, relied, came_right, came_wrong)
    on conflict (day, release, call_day, caller, principal, node, gateway, tag) do update set
      relied = usage_word.relied + excluded.relied, came_right = usage_word.came_right + excluded.came_right,
      came_wrong = usage_word.came_wrong + excluded.came_wrong`.execute(tx);
}
