const longest = 300;

/**
 * One bounded line out of what native code reports: without status codes, C++ signatures and source
 * lines, which tell a publisher nothing, and without the model's directory, which tells strangers
 * about this machine.
 */
export function cleanMessage(text: string, directory: string): string {
  // Patterns over a megabyte of a publisher's text would take their time.
  const plain = text
    .slice(0, 4000)
    .replaceAll(`${directory}/`, '')
    .replaceAll(directory, 'the directory of the model')
    // The file is the publisher's, the way to it is ours.
    .replace(/"\/[^"]*\/([^"/]+)"/g, '"…/$1"')
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/(?:failed to call OrtRun\(\)|Can't create a session)\. ERROR_CODE: \d+, ERROR_MESSAGE: /g, '')
    .replace(/Load model from .*? failed:\s*/g, '')
    .replace(/Exception during initialization: /g, '')
    .replace(/Non-zero status code returned while running (\w+) node\. Name:'(.*?)' Status Message: /g, describeNode)
    // "/build/source.cc:12 ns::Function(const T&)::<lambda()> [with T = int] " and shorter forms of it.
    .replace(
      /[\w./+-]+\.(?:cc|cpp|h|hpp):\d+ (?:[\w:~<>&*, ]+\([^)]*\)\S*(?: const)?(?: \[[^\]]*\])? |[A-Za-z]\w* )?/g,
      '',
    )
    .replace(/\s+/g, ' ')
    .trim();
  return sentence(plain);
}

function describeNode(_: string, operator: string, name: string): string {
  return name === '' ? `A ${operator} node failed: ` : `The ${operator} node \`${name}\` failed: `;
}

function sentence(text: string): string {
  if (text === '') return 'The runtime gave no reason.';
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  if (capital.length <= longest) return /[.!?]$/.test(capital) ? capital : `${capital}.`;
  const cut = capital.slice(0, longest);
  const end = cut.lastIndexOf('. ');
  return end > 0 ? cut.slice(0, end + 1) : `${cut}…`;
}

/** Whether native code says that it could not get memory. */
export function isOutOfMemory(text: string): boolean {
  return /failed to allocate|bad_alloc|bad allocation|out of memory|cannot allocate|allocation failed/i.test(text);
}
