/** The session of docs/agents.md: what an agent asks to find the bug of guests/parcels.c, and why. */
import type { Session } from './client.js';

interface Turn {
  /** What the agent makes of the answer before. */
  readonly thought: string;
  readonly tool: string;
  readonly args: Record<string, unknown>;
}

export const TURNS: readonly Turn[] = [
  {
    thought: 'What is this, and what went wrong?',
    tool: 'info',
    args: {},
  },
  {
    thought:
      'It printed a total of 2735 g where 4161 g were expected, and ended itself with code 1. Where does the total come from?',
    tool: 'why',
    args: { at: -1, what: '[total]:4' },
  },
  {
    thought:
      'Three of the summands are the constants of `main`: 0x4e2 = 1250, 0x3de = 990, 0x1a4 = 420. The fourth, at `parcels+0x28`, should be 0x5dd = 1501 and is 0x4b = 75: its low bytes were written by `set_label`, one of them the letter K, long after `main` had passed the weight. What does memory look like there?',
    tool: 'state',
    args: { at: -1, memory: ['parcels+0x20:16'], registers: 'none' },
  },
  {
    thought:
      'The label REYKJAVIK has nine letters and a terminating zero in a field of eight: K and the zero lie in the weight. Was the weight right before?',
    tool: 'find_write',
    args: { what: '[parcels+0x28]:4', at: -1, count: 3 },
  },
  {
    thought: 'Yes: 0x5dd was stored, then overwritten byte by byte. Who called?',
    tool: 'where',
    args: { at: 156 },
  },
  {
    thought: 'And the loop itself, around that step:',
    tool: 'steps',
    args: { around: 156, count: 7 },
  },
];

/** What comes of it. */
export const CONCLUSION =
  '`set_label` copies until the terminating zero and knows nothing of the size of `label`: for parcel 2 it runs two bytes into `grams`. The copy has to stop after seven characters, and `receive` should refuse longer labels.';

/** Runs the session and writes it down as Markdown. */
export async function transcript(session: Session): Promise<string> {
  const parts: string[] = [];
  for (const { thought, tool, args } of TURNS) {
    const { text } = await session.call(tool, args);
    parts.push(
      `> ${thought}`,
      `\`${tool}\` ${JSON.stringify(args)}`,
      `\`\`\`json\n${text}\n\`\`\``,
    );
  }
  parts.push(`> ${CONCLUSION}`);
  return `${parts.join('\n\n')}\n`;
}
