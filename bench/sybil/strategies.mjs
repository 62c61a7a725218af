/** Patient keys wait for half of the time that is looked at. */
const patience = 0.5;

const honest = {
  /** Of its own releases so many are bad, and so many are made so that honest machines differ. */
  ownBad: 0,
  ownDiffering: 0,
  /** `truth`, `bold` (invented bytes, the other verdict) or `sly` (the right bytes, the other verdict). */
  report: () => 'truth',
  liesToCallers: () => false,
  liesAsAuditor: () => false,
};

/** What a crowd of keys does. All of them act as one, see what the others see, and answer calls faster than anybody. */
export const strategies = {
  none: { ...honest, title: 'nobody attacks' },
  'at-once': {
    ...honest,
    title: 'lie at once, about everything',
    report: () => 'bold',
    liesToCallers: () => true,
    liesAsAuditor: () => true,
  },
  patient: {
    ...honest,
    title: 'honest for half of the time, then lie at once',
    report: ({ age }) => (age < patience ? 'truth' : 'bold'),
    liesToCallers: (age) => age >= patience,
    liesAsAuditor: (age) => age >= patience,
  },
  majority: {
    ...honest,
    title: 'lie only with a majority of the seats',
    report: ({ ours, seats }) => (ours > seats / 2 ? 'bold' : 'truth'),
    liesAsAuditor: () => true,
  },
  'own-bad': {
    ...honest,
    title: 'verify bad releases of their own',
    ownBad: 0.1,
    report: ({ release }) => (release.isTheirs && release.isBad ? 'sly' : 'truth'),
  },
  victim: {
    ...honest,
    title: 'refuse all releases of one victim',
    report: ({ release }) => (release.isVictims ? 'sly' : 'truth'),
  },
  'calls-only': {
    ...honest,
    title: 'right on vectors, wrong to callers',
    liesToCallers: () => true,
    liesAsAuditor: () => true,
  },
  differing: {
    ...honest,
    title: 'publish models on which honest CPUs differ',
    ownDiffering: 0.2,
  },
  crowd: { ...honest, title: 'crowd newcomers out, honestly' },
};
