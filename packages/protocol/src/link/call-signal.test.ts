import { describe, expect, it } from 'vitest';
import { type CallSignal, Ending } from './call-signal.ts';

describe('Ending', () => {
  it('tells everybody who listens once, in order, with its reason', () => {
    const ending = new Ending();
    const heard: string[] = [];
    ending.addEventListener('abort', () => heard.push(`first ${String(ending.reason)}`));
    ending.addEventListener('abort', () => heard.push('second'));
    ending.end('gone');
    ending.end('again');
    expect(heard).toEqual(['first gone', 'second']);
    expect([ending.aborted, ending.reason]).toEqual([true, 'gone']);
  });

  it('tells nobody who listens no more, or too late', () => {
    const ending = new Ending();
    const listener = () => expect.unreachable();
    ending.addEventListener('abort', listener);
    ending.removeEventListener('abort', listener);
    ending.removeEventListener('abort', listener);
    ending.end('gone');
    ending.addEventListener('abort', listener);
  });

  it('stands where an AbortSignal does', () => {
    const signals: CallSignal[] = [new Ending(), AbortSignal.abort('gone')];
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });
});
