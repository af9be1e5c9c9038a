/* The process that runs the guest's code. */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>
#include <sys/types.h>

/* Selectors for code that is not 64-bit. */
struct segments {
  unsigned code, data;
};

/* Forks a process with the guest's memory mapped; it stops before it does anything else. */
pid_t start_child(const char *ram, size_t size, unsigned mode, struct segments *segments);

#endif
