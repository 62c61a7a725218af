import type { RunnerExit } from '../process/runner-process.ts';

const faults: Partial<Record<NodeJS.Signals, string>> = {
  SIGFPE: 'a fault of arithmetic',
  SIGSEGV: 'an invalid memory access',
  SIGBUS: 'an invalid memory access',
  SIGABRT: 'an abort in native code',
  SIGILL: 'an illegal instruction',
  SIGTRAP: 'a fatal error of the JavaScript engine',
};

/** One sentence on how a runner ended that nobody asked to end. */
export function describeExit({ code, signal, outOfMemory }: RunnerExit, doing: string): string {
  if (outOfMemory) return `The model ran out of memory ${doing}.`;
  if (signal === null) return `The model ended its process with code ${code} ${doing}.`;
  const fault = faults[signal];
  return `The model killed its process ${doing}: ${signal}${fault ? `, ${fault}` : ''}.`;
}
