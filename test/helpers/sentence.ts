/** What the contract asks of an error: one sentence, and nothing of a stack. */
export function isOneSentence(message: string): boolean {
  return (
    !message.includes('\n') &&
    message.endsWith('.') &&
    !/\.\s+[A-Z]/.test(message) &&
    !/\bat (?:file:|\/|async |Object\.|new )/.test(message)
  );
}
