import { afterAll, expect, test, vi } from 'vitest';
import { Type } from '../src/schema/type.ts';
import { kindRow } from '../src/statements/kinds/kind-row.ts';
import { kindTable } from '../src/statements/kinds/kind-table.ts';
import * as unchanged from '../src/statements/kinds/statement-kinds.ts';
import * as story from './release-story.ts';

const list = '../src/statements/kinds/statement-kinds.ts';

/** A kind nobody has, as its file would hold it: somebody acting for the publisher says which node they love it on. */
const loved = kindRow({
  kind: 'release.loved',
  says: 'Somebody acting for the publisher loves it, as a node answered it.',
  subject: 'release digest',
  signer: { scope: 'publish', principal: (_, publisher) => publisher },
  takenFrom: 'anybody',
  perDay: { key: 3, network: 9 },
  body: Type.Object({ node: Type.String() }),
  folds: 'release',
  step: (state, { body, at, id }) => ({
    ...state,
    notices: { ...state.notices, yanked: { note: `loved by ${body.node}`, at, statement: id } },
  }),
  seats: ({ node }) => [node as never],
  judgesSigner: true,
  looksUp: ({ subject, signer }) => ({ in: 'handles', key: `loved ${subject}`, value: signer }),
});

// Its line in the list. The modules are loaded anew: those of other tests in this process have read the list already.
vi.resetModules();
vi.doMock(list, () => ({
  ...unchanged,
  statementKinds: kindTable([...Object.values(unchanged.statementKinds), loved]),
}));
const { statementKinds } = await import('../src/statements/kinds/statement-kinds.ts');
const { collectLookups, emptyLookups } = await import('../src/network/collect-lookups.ts');
const { emptyNetworkState } = await import('../src/network/network-state.ts');
const { reduceNetwork } = await import('../src/network/reduce-network.ts');
const { findKind } = await import('../src/statements/kinds/find-kind.ts');
const { listCountedKinds } = await import('../src/statements/kinds/list-counted-kinds.ts');
const { listPublishingKinds } = await import('../src/statements/kinds/list-publishing-kinds.ts');
const { needsOf } = await import('../src/statements/kinds/needs-of.ts');
afterAll(() => {
  vi.doUnmock(list);
  vi.resetModules();
});

const t0 = 1_790_000_000_000;
const [node] = story.nodes as [(typeof story.nodes)[number]];
const word = story.logged('release.loved', { node }, story.publisher, t0);
const release = word.statement.subject;

test('a kind with its row and its line in the list is folded, and only the word of who has a say counts', () => {
  const fold = (signer: typeof story.publisher, body: object) => {
    const state = emptyNetworkState(story.hub);
    for (const one of [story.published(t0), story.logged('release.loved', body, signer, t0)]) reduceNetwork(state, one);
    return state.releases.get(release)?.notices.yanked?.note ?? null;
  };
  expect(fold(story.publisher, { node })).toBe(`loved by ${node}`);
  expect(fold(story.stranger, { node })).toBeNull();
  expect(fold(story.publisher, { node: 7 })).toBeNull();
});

test('a delegate has that say too: whose delegations the fold needs follows from the row', () => {
  const at = { ...word.statement, signer: story.stranger };
  expect(needsOf(at, story.publisher)).toEqual({
    principals: [story.publisher],
    nodes: [node, story.stranger],
    seats: [node],
  });
  expect(needsOf({ ...at, body: {} }, story.publisher)).toEqual({ principals: [], nodes: [], seats: [] });
  const state = emptyNetworkState(story.hub);
  const terms = { key: story.stranger, scopes: ['publish'], notBefore: 0, notAfter: 8.64e15 };
  const delegation = story.logged('key.delegated', terms, story.publisher, t0);
  const subject = story.publisher;
  for (const one of [
    story.published(t0),
    { ...delegation, statement: { ...delegation.statement, subject } },
    { statement: at, loggedAt: t0 },
  ])
    reduceNetwork(state, one);
  expect(state.releases.get(release)?.notices.yanked).not.toBeNull();
});

test('rules of the day, of parties, and what a reader looks up follow from the row', () => {
  expect(listCountedKinds()).toContain('release.loved');
  expect(listPublishingKinds()).toContain('release.loved');
  const lookups = emptyLookups();
  collectLookups(lookups, word, 7);
  expect(lookups.handles.get(`loved ${release}`)?.owner).toBe(story.publisher);
});

test('specifications and docs follow from the row', async () => {
  const script = new URL('../../../scripts/write-specs.mjs', import.meta.url).href;
  const { specFiles } = (await import(/* @vite-ignore */ script)) as {
    specFiles: (from: object) => Map<string, string>;
  };
  const reasons = { reasons: {}, conditionReasons: {}, requestReasons: {}, auditReasons: {}, backupReasons: {} };
  const files = specFiles({ statementKinds, ...reasons });
  expect(files.get('specs/schemas/statement.release.loved.json')).toContain('loves it');
  expect(files.get('docs/statements.md')).toMatch(/`release\.loved` .*from anybody.* release \| 4 kB \| 3, 9 \|/);
});

test('what the compiler and the table refuse', () => {
  const row = { kind: 'a.b', says: '', subject: 'handle', signer: 'anybody', perDay: null } as const;
  const body = Type.Object({});
  // @ts-expect-error a kind that changes a state needs a step
  kindRow({ ...row, takenFrom: 'hub', body, folds: 'release' });
  // @ts-expect-error a kind says how it is taken in
  kindRow({ ...row, body, folds: null, step: null });
  // @ts-expect-error a step gives back the state it was given
  kindRow({ ...row, takenFrom: 'hub', body, folds: 'alias', step: () => 7 });
  // @ts-expect-error a state nobody keeps
  kindRow({ ...row, takenFrom: 'hub', body, folds: 'weather', step: null });
  expect(() => kindTable([row, row])).toThrow('one name');
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'release.unheard'])(
  'attack: %s is no kind',
  (kind) => {
    expect(findKind(kind)).toBeNull();
  },
);

test('every kind is named as statements may be, and its words and its step agree', () => {
  for (const { kind, folds, step, says, signer, seats } of Object.values(statementKinds) as never[] as {
    kind: string;
    folds: string | null;
    step: unknown;
    says: string;
    signer: unknown;
    seats?: unknown;
  }[]) {
    expect(kind).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(step === null).toBe(folds === null);
    expect(says).toMatch(/^[A-Z].*\.$/);
    expect(signer).toBeTruthy();
    if (seats) expect(folds).toBe('release');
  }
});
