/** What is plugged into the two ports of an i8042: a keyboard on which nobody types, and a mouse that nobody moves. */

const ACKNOWLEDGE = 0xfa;
const SELF_TEST_PASSED = 0xaa;
const RESEND = 0xfe;
/** A command that another byte follows (IBM PS/2 Technical Reference: LEDs, scan code set, typing rate, rate, resolution). */
const WITH_PARAMETER: Readonly<Record<Port, ReadonlySet<number>>> = {
  keyboard: new Set([0xed, 0xf0, 0xf3]),
  mouse: new Set([0xe8, 0xf3]),
};
const GET_SCAN_CODE_SET = 0xf0;
const SCAN_CODE_SET = 2;

/** What a command is answered with after the acknowledgement. */
const ANSWERS: Readonly<Record<Port, Readonly<Record<number, readonly number[]>>>> = {
  keyboard: {
    ...{ 0xee: [], 0xf2: [0xab, 0x83], 0xf4: [], 0xf5: [], 0xf6: [] },
    ...{ 0xf7: [], 0xf8: [], 0xf9: [], 0xfa: [], 0xff: [SELF_TEST_PASSED] },
  },
  mouse: {
    ...{ 0xe6: [], 0xe7: [], 0xe9: [0, 2, 100], 0xea: [], 0xeb: [0, 0, 0], 0xec: [], 0xee: [] },
    ...{ 0xf0: [], 0xf2: [0], 0xf4: [], 0xf5: [], 0xf6: [], 0xff: [SELF_TEST_PASSED, 0] },
  },
};

/** Which of the two ports a byte comes from or goes to. */
export type Port = 'keyboard' | 'mouse';

/** What a device answers to a byte, and the command that waits for another one (0 for none). */
export interface Answer {
  readonly bytes: readonly number[];
  readonly pending: number;
}

/**
 * A byte for a keyboard or mouse.
 *
 * @param pending the command that this is the parameter of; 0 for none
 */
export function answerOf(port: Port, value: number, pending: number): Answer {
  if (pending !== 0) {
    const isQuestion = port === 'keyboard' && pending === GET_SCAN_CODE_SET && value === 0;
    return { bytes: [ACKNOWLEDGE, ...(isQuestion ? [SCAN_CODE_SET] : [])], pending: 0 };
  }
  if (WITH_PARAMETER[port].has(value)) return { bytes: [ACKNOWLEDGE], pending: value };
  const answer = ANSWERS[port][value];
  if (answer === undefined) return { bytes: [RESEND], pending: 0 };
  // Echo has no acknowledgement before it.
  if (port === 'keyboard' && value === 0xee) return { bytes: [0xee], pending: 0 };
  return { bytes: [ACKNOWLEDGE, ...answer], pending: 0 };
}
