/** Built when a recording closes: sorting once is cheaper than keeping them up to date. */
export const RECORDING_INDEXES: readonly { readonly name: string; readonly on: string }[] = [
  { name: 'step_instruction', on: 'step(instruction)' },
  { name: 'memory_write_step', on: 'memory_write(step)' },
  { name: 'port_io_step', on: 'port_io(step)' },
  { name: 'mmio_step', on: 'mmio(step)' },
  { name: 'interruption_step', on: 'interruption(step)' },
  { name: 'input_value_step', on: 'input_value(step)' },
  { name: 'instruction_rip', on: 'instruction(rip)' },
  { name: 'symbol_address', on: 'symbol(address)' },
];
