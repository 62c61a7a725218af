export * from './check.ts';
export * from './find-problem.ts';
export * from './type.ts';
