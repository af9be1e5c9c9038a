/** A trace as a debug adapter (https://microsoft.github.io/debug-adapter-protocol): one session. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { hex, hexBytes } from '../base/number-text.js';
import { parseInteger } from '../query/places/numbers.js';
import { parseStepPosition } from '../query/places/place.js';
import { Position, type Direction, type Stop } from '../query/position.js';
import { stackFrames } from '../report/call-stack.js';
import { EXCEPTIONS } from './breakpoint-session.js';
import { instructionsAround } from './disassembly.js';
import { evaluate, holds } from './evaluate.js';
import { LaunchSession } from './launch-session.js';
import { stepLine, stepOut, type Granularity } from './line-steps.js';
import { registerGroups } from './register-groups.js';
import { addressOf, THREAD, type SourceLocation } from './trace-session.js';

const MAX_INSTRUCTIONS = 10_000;
const MAX_MEMORY_BYTES = 1 << 20;

/** What an editor asks of a trace. */
export class TraceDebugSession extends LaunchSession {
  protected override initializeRequest(
    response: DebugProtocol.InitializeResponse,
    { supportsProgressReporting = false }: DebugProtocol.InitializeRequestArguments,
  ): void {
    this.showsProgress = supportsProgressReporting;
    response.body = {
      supportsConfigurationDoneRequest: true,
      supportsStepBack: true,
      supportsSteppingGranularity: true,
      supportsConditionalBreakpoints: true,
      supportsFunctionBreakpoints: true,
      supportsInstructionBreakpoints: true,
      supportsDataBreakpoints: true,
      supportsDisassembleRequest: true,
      supportsReadMemoryRequest: true,
      supportsEvaluateForHovers: true,
      supportsGotoTargetsRequest: true,
      supportsCancelRequest: true,
      exceptionBreakpointFilters: [{ filter: EXCEPTIONS, label: 'Exceptions and interrupts' }],
    };
    this.sendResponse(response);
  }

  protected override configurationDoneRequest(
    response: DebugProtocol.ConfigurationDoneResponse,
  ): void {
    this.sendResponse(response);
    this.stopped('entry');
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    response.body = { threads: [{ id: THREAD, name: 'vCPU 0' }] };
    this.sendResponse(response);
  }

  protected override stackTraceRequest(
    response: DebugProtocol.StackTraceResponse,
    { startFrame = 0, levels }: DebugProtocol.StackTraceArguments,
  ): void {
    this.answer(response, ({ trace, step }) => {
      const all = stackFrames(trace, step, Number.MAX_SAFE_INTEGER);
      const shown = all.slice(startFrame, levels ? startFrame + levels : undefined);
      response.body = {
        totalFrames: all.length,
        stackFrames: shown.map(({ frame, call, at }) => ({
          id: frame + 1,
          name: `${this.name(at ?? call.address)}${frame === 0 ? ` · step ${step}` : ''}`,
          ...this.#source(at),
          ...(at === undefined ? {} : { instructionPointerReference: hex(at) }),
        })),
      };
    });
  }

  protected override scopesRequest(response: DebugProtocol.ScopesResponse): void {
    this.answer(response, ({ state }) => {
      response.body = {
        scopes: registerGroups(state).map(({ name, registers }, i) => ({
          name,
          variablesReference: i + 1,
          namedVariables: registers.length,
          presentationHint: 'registers',
          expensive: i > 0,
        })),
      };
    });
  }

  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    { variablesReference }: DebugProtocol.VariablesArguments,
  ): void {
    this.answer(response, ({ state }) => {
      const group = registerGroups(state)[variablesReference - 1];
      response.body = {
        variables: (group?.registers ?? []).map(({ name, value }) => ({
          name,
          value,
          evaluateName: name,
          variablesReference: 0,
          memoryReference: value,
        })),
      };
    });
  }

  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    { expression }: DebugProtocol.EvaluateArguments,
  ): void {
    this.answer(response, (position) => {
      const goto = /^goto\s+(?<place>.+)$/.exec(expression.trim())?.groups?.['place'];
      if (goto !== undefined) {
        const { trace } = position;
        position.seek(parseStepPosition(goto, 'goto', trace.stepCount + 1, trace));
        response.body = { result: `step ${position.step}`, variablesReference: 0 };
        this.stopped('goto');
        return;
      }
      const result = evaluate(position, expression);
      const isNumber = parseInteger(result) !== undefined;
      response.body = {
        result,
        variablesReference: 0,
        ...(isNumber ? { memoryReference: result } : {}),
      };
    });
  }

  protected override readMemoryRequest(
    response: DebugProtocol.ReadMemoryResponse,
    { memoryReference, offset = 0, count }: DebugProtocol.ReadMemoryArguments,
  ): void {
    this.answer(response, ({ state }) => {
      const address = addressOf(memoryReference) + BigInt(offset);
      const wanted = Math.min(count, MAX_MEMORY_BYTES);
      const { bytes } = state.readVirtual(address, wanted);
      response.body = {
        address: hex(BigInt.asUintN(64, address)),
        data: Buffer.from(bytes).toString('base64'),
        ...(bytes.length < count ? { unreadableBytes: count - bytes.length } : {}),
      };
    });
  }

  protected override disassembleRequest(
    response: DebugProtocol.DisassembleResponse,
    args: DebugProtocol.DisassembleArguments,
  ): void {
    this.answer(response, ({ trace, state }) => {
      const { memoryReference, offset = 0, instructionOffset = 0, instructionCount } = args;
      const address = BigInt.asUintN(64, addressOf(memoryReference) + BigInt(offset));
      const count = Math.min(instructionCount, MAX_INSTRUCTIONS);
      const shown = instructionsAround(trace, state, address, instructionOffset, count);
      response.body = {
        instructions: shown.map((each) => {
          if (each === undefined) {
            return { address: hex(0), instruction: '??', presentationHint: 'invalid' };
          }
          return {
            address: hex(each.address),
            instructionBytes: hexBytes(each.bytes, ' '),
            instruction: each.text,
            symbol: this.name(each.address),
            ...disassemblyLocation(this.location(each.address)),
          };
        }),
      };
    });
  }

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    this.#go(response, () => this.#run('forward'));
  }

  protected override reverseContinueRequest(response: DebugProtocol.ReverseContinueResponse): void {
    this.#go(response, () => this.#run('backward'));
  }

  protected override nextRequest(
    response: DebugProtocol.NextResponse,
    { granularity }: DebugProtocol.NextArguments,
  ): void {
    this.#step(response, 'forward', granularity, false);
  }

  protected override stepInRequest(
    response: DebugProtocol.StepInResponse,
    { granularity }: DebugProtocol.StepInArguments,
  ): void {
    this.#step(response, 'forward', granularity, true);
  }

  protected override stepBackRequest(
    response: DebugProtocol.StepBackResponse,
    { granularity }: DebugProtocol.StepBackArguments,
  ): void {
    this.#step(response, 'backward', granularity, false);
  }

  protected override stepOutRequest(response: DebugProtocol.StepOutResponse): void {
    this.#go(response, (position) => stepOut(position, 'forward', this.breakpoints.conditions));
  }

  protected override gotoTargetsRequest(
    response: DebugProtocol.GotoTargetsResponse,
    { source, line }: DebugProtocol.GotoTargetsArguments,
  ): void {
    this.answer(response, ({ trace, step }) => {
      const [code] = trace.codeOfLine(source.path ?? source.name ?? '', line);
      const target = code === undefined ? undefined : trace.nextExecution(code.address, step + 1);
      response.body = {
        targets: target === undefined ? [] : [{ id: target, label: `step ${target}`, line }],
      };
    });
  }

  protected override gotoRequest(
    response: DebugProtocol.GotoResponse,
    { targetId }: DebugProtocol.GotoArguments,
  ): void {
    this.answer(response, (position) => {
      position.seek(targetId);
      this.stopped('goto');
    });
  }

  #step(
    response: DebugProtocol.Response,
    direction: Direction,
    granularity: DebugProtocol.SteppingGranularity | undefined,
    into: boolean,
  ): void {
    const by: Granularity = granularity === 'instruction' ? 'instruction' : 'line';
    this.#go(response, (position) =>
      stepLine(position, direction, by, into, this.breakpoints.conditions),
    );
  }

  /** To the next breakpoint whose condition holds. */
  #run(direction: Direction): Stop {
    const position = this.open();
    for (;;) {
      const stop = position.run(direction, this.breakpoints.conditions);
      if (stop.reason !== 'condition') return stop;
      const hit = this.breakpoints.hit(stop.hits);
      if (hit.some(({ when }) => when === undefined || holds(position, when))) return stop;
    }
  }

  #go(response: DebugProtocol.Response, move: (position: Position) => Stop): void {
    this.answer(response, (position) => {
      const { reason, hits } = move(position);
      const kinds = hits.map(({ condition }) => condition.kind);
      if (reason === 'beginning' || reason === 'end') {
        this.say(
          `The recording ${reason === 'end' ? 'ends' : 'begins'} here, at state ${position.step}.`,
        );
        this.stopped(reason === 'end' ? 'pause' : 'entry');
      } else if (reason === 'moved') this.stopped('step');
      else if (kinds.includes('interruption')) this.stopped('exception');
      else if (kinds.includes('execute')) this.stopped('breakpoint');
      else this.stopped('data breakpoint');
    });
  }

  #source(address: bigint | undefined): {
    source?: DebugProtocol.Source;
    line: number;
    column: number;
  } {
    const found = address === undefined ? undefined : this.location(address);
    return { line: 0, column: 0, ...found };
  }
}

function disassemblyLocation({ source, ...where }: SourceLocation): object {
  return source === undefined ? {} : { location: source, ...where };
}
