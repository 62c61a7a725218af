/** What a runtime says of the machine and the program around it. */
export function describeMachine(): { arch: string; node: string } {
  return { arch: `${process.platform}-${process.arch}`, node: process.version };
}
