import { expect, it } from 'vitest';
import { captureOutput } from '../../test/test-context.ts';
import { openLiveBlock } from './live-block.ts';

it('redraws in place on a terminal, keeping what was printed above', () => {
  const output = captureOutput({ isTerminal: true });
  const block = openLiveBlock(output);
  block.draw(['one', 'two']);
  block.print('above');
  block.draw(['three']);
  block.settle();
  block.draw(['below']);
  expect(output.text()).toBe('one\ntwo\n\u001b[2A\u001b[Jabove\none\ntwo\n\u001b[2A\u001b[Jthree\nbelow\n');
});

it('draws nothing on a pipe', () => {
  const output = captureOutput();
  const block = openLiveBlock(output);
  block.draw(['bar']);
  block.print('line');
  block.clear();
  expect(output.text()).toBe('line\n');
});

it('cuts a line that would wrap, without counting its colours', () => {
  const output = captureOutput({ isTerminal: true, columns: 6 });
  openLiveBlock(output).draw(['\u001b[32mabcdefgh\u001b[0m']);
  expect(output.text()).toBe('\u001b[32mabcde\u001b[0m\n');
});
