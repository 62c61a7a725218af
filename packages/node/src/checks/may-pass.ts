const ofTheMachine: readonly string[] = ['OutOfMemory', 'TimedOut', 'RunnerDied'];

/** Whether a busy or small machine can be the cause: another try on the same bytes could end otherwise. */
export const mayPass = (reason: string): boolean => ofTheMachine.includes(reason);
