/** The requests that set breakpoints: on lines, functions, instructions, data and exceptions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { basename } from 'node:path';
import { hex } from '../base/number-text.js';
import type { Condition } from '../query/condition.js';
import { isMemoryPlace, parseCodePlace, parseMemoryPlace } from '../query/places/place.js';
import type { Breakpoint } from './breakpoints.js';
import { addressOf, TraceSession } from './trace-session.js';

/** Exceptions and interrupts that a session stops at, by the filter's name. */
export const EXCEPTIONS = 'interruptions';

/** A session that keeps what an editor wants to stop at. */
export abstract class BreakpointSession extends TraceSession {
  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    { source, breakpoints: wanted = [] }: DebugProtocol.SetBreakpointsArguments,
  ): void {
    this.answer(response, ({ trace }) => {
      const path = source.path ?? source.name ?? '';
      this.set(response, `source ${path}`, wanted, ({ line }) => {
        const [first] = trace.codeOfLine(path, line);
        if (first === undefined) return `no code of ${basename(path)}:${line} in this trace`;
        return { kind: 'execute', place: first.address };
      });
    });
  }

  protected override setFunctionBreakPointsRequest(
    response: DebugProtocol.SetFunctionBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetFunctionBreakpointsArguments,
  ): void {
    this.answer(response, ({ trace }) => {
      this.set(response, 'functions', breakpoints, ({ name }) => {
        const place = parseCodePlace(name, trace);
        return place === undefined
          ? `this trace has no symbol ${name}${trace.suggestionFor(name)}`
          : { kind: 'execute', place };
      });
    });
  }

  protected override setInstructionBreakpointsRequest(
    response: DebugProtocol.SetInstructionBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetInstructionBreakpointsArguments,
  ): void {
    this.answer(response, () => {
      this.set(response, 'instructions', breakpoints, ({ instructionReference, offset = 0 }) => ({
        kind: 'execute',
        place: BigInt.asUintN(64, addressOf(instructionReference) + BigInt(offset)),
      }));
    });
  }

  protected override dataBreakpointInfoRequest(
    response: DebugProtocol.DataBreakpointInfoResponse,
    { name }: DebugProtocol.DataBreakpointInfoArguments,
  ): void {
    this.answer(response, ({ trace, state }) => {
      const memory = isMemoryPlace(name) ? parseMemoryPlace(name, 'data', trace, state) : undefined;
      // Registers of the place are taken now: the breakpoint stays at the address.
      const id =
        memory === undefined
          ? `register ${name}`
          : 'gva' in memory
            ? `[${hex(memory.gva)}]:${memory.length}`
            : `phys:[${hex(BigInt(memory.gpa))}]:${memory.length}`;
      if (memory === undefined) trace.registerChanges(name);
      response.body = {
        dataId: id,
        description: id,
        accessTypes: memory === undefined ? ['write'] : ['write', 'read', 'readWrite'],
        canPersist: true,
      };
    });
  }

  protected override setDataBreakpointsRequest(
    response: DebugProtocol.SetDataBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetDataBreakpointsArguments,
  ): void {
    this.answer(response, ({ trace, state }) => {
      this.set(response, 'data', breakpoints, ({ dataId, accessType = 'write' }): Condition => {
        const register = /^register (?<name>.+)$/.exec(dataId)?.groups?.['name'];
        if (register !== undefined) return { kind: 'register', name: register };
        const memory = parseMemoryPlace(dataId, 'data', trace, state);
        const kind = ({ write: 'change', read: 'read', readWrite: 'access' } as const)[accessType];
        return { kind, memory };
      });
    });
  }

  protected override setExceptionBreakPointsRequest(
    response: DebugProtocol.SetExceptionBreakpointsResponse,
    { filters }: DebugProtocol.SetExceptionBreakpointsArguments,
  ): void {
    const isWanted = filters.includes(EXCEPTIONS);
    const breakpoint: Breakpoint = {
      ...{ id: this.breakpoints.newId(), condition: { kind: 'interruption' }, when: undefined },
    };
    this.breakpoints.set(EXCEPTIONS, isWanted ? [breakpoint] : []);
    this.sendResponse(response);
  }

  /** Sets breakpoints of a kind; those that cannot be set are reported as not verified, with the reason. */
  private set<T extends { readonly condition?: string }>(
    response: DebugProtocol.Response,
    kind: string,
    wanted: readonly T[],
    conditionOf: (each: T) => Condition | string,
  ): void {
    const set: Breakpoint[] = [];
    const told = wanted.map((each): DebugProtocol.Breakpoint => {
      const condition = conditionOf(each);
      if (typeof condition === 'string') return { verified: false, message: condition };
      const id = this.breakpoints.newId();
      const when = each.condition === '' ? undefined : each.condition;
      set.push({ id, condition, when });
      return { id, verified: true };
    });
    this.breakpoints.set(kind, set);
    response.body = { breakpoints: told };
  }
}
