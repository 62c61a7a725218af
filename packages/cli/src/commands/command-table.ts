import type { Command } from '../arguments/command.ts';

type CommandRow = { name: string; summary: string; load: () => Promise<Command> };

/** Every command. Each is loaded only when it runs, so that `callable call` starts without what `up` needs. */
export const commandTable: readonly CommandRow[] = [
  {
    name: 'publish',
    summary: 'publish a model file and follow it until strangers can call it',
    load: async () => (await import('./publish.ts')).publishCommand,
  },
  {
    name: 'status',
    summary: 'show the five conditions of a release',
    load: async () => (await import('./status.ts')).statusCommand,
  },
  {
    name: 'call',
    summary: 'call a release with an input and print its outputs',
    load: async () => (await import('./call.ts')).callCommand,
  },
  {
    name: 'proxy',
    summary: 'sign the calls of programs that cannot: curl, tritonclient, KServe',
    load: async () => (await import('./proxy.ts')).proxyCommand,
  },
  {
    name: 'list',
    summary: 'list releases, newest first',
    load: async () => (await import('./list.ts')).listCommand,
  },
  {
    name: 'usage',
    summary: 'show how much the network, a release, a publisher or a node is really used',
    load: async () => (await import('./usage.ts')).usageCommand,
  },
  {
    name: 'top',
    summary: 'show what is used the most by callers who are independent of it',
    load: async () => (await import('./top.ts')).topCommand,
  },
  {
    name: 'rely',
    summary: 'say that you act on answers you had, or how they came out',
    load: async () => (await import('./rely.ts')).relyCommand,
  },
  {
    name: 'queue',
    summary: 'show what waits to be checked, and where a release stands',
    load: async () => (await import('./queue.ts')).queueCommand,
  },
  {
    name: 'nodes',
    summary: 'list the nodes of a hub and what they run into',
    load: async () => (await import('./nodes.ts')).nodesCommand,
  },
  {
    name: 'yank',
    summary: 'hide a release of yours from new callers',
    load: async () => (await import('./yank.ts')).yankCommand,
  },
  {
    name: 'unyank',
    summary: 'take a yank back',
    load: async () => (await import('./yank.ts')).unyankCommand,
  },
  {
    name: 'deprecate',
    summary: 'say that something else is better than a release of yours',
    load: async () => (await import('./deprecate.ts')).deprecateCommand,
  },
  {
    name: 'alias',
    summary: 'let a name of yours stand for another model',
    load: async () => (await import('./alias.ts')).aliasCommand,
  },
  {
    name: 'label',
    summary: 'say a word about a release, a node or a key',
    load: async () => (await import('./label.ts')).labelCommand,
  },
  {
    name: 'refuse',
    summary: 'operator of a hub: refuse to list, call or hand out a release',
    load: async () => (await import('./refuse.ts')).refuseCommand,
  },
  {
    name: 'key',
    summary: 'show or export your key, claim a handle for it, delegate',
    load: async () => (await import('./key.ts')).keyCommand,
  },
  {
    name: 'webhooks',
    summary: 'be told over HTTP when a release breaks, recovers or is first called',
    load: async () => (await import('./webhooks.ts')).webhooksCommand,
  },
  {
    name: 'node start',
    summary: 'join the network as a node that checks and serves models',
    load: async () => (await import('./node-start.ts')).nodeStartCommand,
  },
  {
    name: 'witness',
    summary: 'cosign the log of a hub, so that it cannot show two histories',
    load: async () => (await import('./witness.ts')).witnessCommand,
  },
  {
    name: 'verify',
    summary: 'check a release, a receipt or a node against the signed log',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  {
    name: 'audit usage',
    summary: 'compute figures of usage from a copy of the log, and compare a hub with it',
    load: async () => (await import('./audit-usage.ts')).auditUsageCommand,
  },
  {
    name: 'log copy',
    summary: 'copy the log of a hub, to verify it without the hub',
    load: async () => (await import('./log-copy.ts')).logCopyCommand,
  },
  {
    name: 'log recover',
    summary: 'operator of a hub: bring the missing entries of a rolled back log back',
    load: async () => (await import('./log-recover.ts')).logRecoverCommand,
  },
  {
    name: 'up',
    summary: 'start a whole network on this machine',
    load: async () => (await import('./up.ts')).upCommand,
  },
  {
    name: 'backup',
    summary: 'operator of a hub: write a backup of it, while it runs or not',
    load: async () => (await import('./backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'operator of a hub: put a backup into a new directory, or check it',
    load: async () => (await import('./restore.ts')).restoreCommand,
  },
];
