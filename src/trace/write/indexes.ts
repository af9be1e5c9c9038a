/** The indexes of a recording. */
export interface RecordingIndex {
  readonly name: string;
  readonly on: string;
  /**
   * Whether rows come in its order. Such an index grows at its end, which costs next to nothing: it is
   * there from the start, and a killed recording has it. The others are sorted once, at the end: kept up
   * to date they would cost three times what writing the rows does.
   */
  readonly grows: boolean;
}

/** Of every trace that was closed, in the order in which they are made. */
export const RECORDING_INDEXES: readonly RecordingIndex[] = [
  { name: 'step_instruction', on: 'step(instruction)', grows: false },
  { name: 'memory_write_step', on: 'memory_write(step)', grows: true },
  { name: 'port_io_step', on: 'port_io(step)', grows: true },
  { name: 'mmio_step', on: 'mmio(step)', grows: true },
  { name: 'interruption_step', on: 'interruption(step)', grows: true },
  { name: 'input_value_step', on: 'input_value(step)', grows: true },
  { name: 'instruction_rip', on: 'instruction(rip)', grows: false },
  { name: 'symbol_address', on: 'symbol(address)', grows: false },
];
