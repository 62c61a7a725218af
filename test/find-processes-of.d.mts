export function findProcessesOf(directory: string): Promise<number[]>;
