export * from './datatype.ts';
