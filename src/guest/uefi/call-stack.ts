/**
 * Calls that are being answered, innermost last: a service can start a program or run a notification function of
 * the guest's, which call services in their turn.
 */
import { Reply } from '../../uefi/reply.js';

/** A guest function that the firmware called and that has not returned. */
export type Frame =
  | {
      readonly kind: 'notify';
      /** Task priority to go back to, and what the service returns then, in hexadecimal. */
      readonly tpl: number;
      readonly status: string;
    }
  | {
      readonly kind: 'image';
      readonly handle: number;
      /** RSP of the StartImage that waits for it, and where its answer lies among `replies`. */
      readonly stackPointer: number;
      readonly depth: number;
      readonly exitDataSize: number;
      readonly exitData: number;
    };

/** A frame of the stack that is a program which was started. */
export type ImageFrame = Extract<Frame, { kind: 'image' }>;

interface Saved {
  readonly replies: readonly ReturnType<Reply['save']>[];
  readonly frames: readonly Frame[];
}

/** The calls under way; it can be saved and taken up again. */
export class CallStack {
  #replies: Reply[] = [];
  #frames: Frame[] = [];

  get depth(): number {
    return this.#replies.length;
  }

  /** A service was called: this is its answer. */
  push(reply: Reply): void {
    this.#replies.push(reply);
  }

  enter(frame: Frame): void {
    this.#frames.push(frame);
  }

  /** The function that was called last has returned; the answer of the service that waited goes on. */
  leave(): { readonly frame: Frame; readonly reply: Reply } | undefined {
    const frame = this.#frames.pop();
    const reply = this.#replies.at(-1);
    return frame === undefined || reply === undefined ? undefined : { frame, reply };
  }

  /** Forgets all calls within the innermost run of an image, that of its StartImage too. */
  unwind(handle: number): ImageFrame | undefined {
    const at = this.#frames.findLastIndex(
      (frame) => frame.kind === 'image' && frame.handle === handle,
    );
    if (at < 0) return undefined;
    const frame = this.#frames[at] as ImageFrame;
    this.#frames.length = at;
    this.#replies.length = frame.depth;
    return frame;
  }

  /** What the thunk reads next. */
  readWord(): number {
    const word = this.#replies.at(-1)?.word() ?? 0;
    if (this.#replies.at(-1)?.isDone === true) this.#replies.pop();
    return word;
  }

  readByte(): number {
    return this.#replies.at(-1)?.byte() ?? 0xff;
  }

  save(): Saved {
    return { replies: this.#replies.map((reply) => reply.save()), frames: this.#frames };
  }

  restore({ replies, frames }: Saved): void {
    this.#replies = replies.map((saved) => new Reply(saved));
    this.#frames = [...frames];
  }
}
