/* The few instructions that the stepper has to know. */
#ifndef INSTRUCTIONS_H
#define INSTRUCTIONS_H

#include <stdint.h>
#include <sys/user.h>

/* What the guest is still to read from ports. */
struct port_input {
  const uint8_t *next, *end;
};

/*
 * Carries out what faulted because a process may not: port I/O, HLT, CLI, STI. Returns 0 if it is
 * something else, or if nothing is left to read.
 */
int emulate(struct user_regs_struct *user, const uint8_t *code, unsigned mode,
            struct port_input *input);

/* A REP string instruction: it traps after every iteration, and is one step of the trace. */
int repeats(const uint8_t *code);

int is_pushf(const uint8_t *code);

#endif
