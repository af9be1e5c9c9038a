-- kvmtrace trace format, version 1. Tables, views and columns are described in schema/README.md.
-- Nothing here needs a newer SQLite than 3.40, or a function of ours.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- what the machine is made of

CREATE TABLE memory_slot (
  slot     INTEGER PRIMARY KEY,
  gpa      INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  readonly INTEGER NOT NULL DEFAULT 0,
  purpose  TEXT NOT NULL
) STRICT;

CREATE TABLE symbol (
  id      INTEGER PRIMARY KEY,
  address INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  name    TEXT NOT NULL
) STRICT;

CREATE TABLE register (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  bits INTEGER NOT NULL
) STRICT;

CREATE TABLE instruction (
  id      INTEGER PRIMARY KEY,
  rip     INTEGER NOT NULL,
  address INTEGER NOT NULL,
  mode    INTEGER NOT NULL,
  bytes   BLOB NOT NULL,
  text    TEXT NOT NULL
) STRICT;

-- ---------------------------------------------------------------- the event stream

CREATE TABLE step (
  id          INTEGER PRIMARY KEY,
  instruction INTEGER NOT NULL
) STRICT;

CREATE TABLE register_write (
  register INTEGER NOT NULL,
  step     INTEGER NOT NULL,
  value    INTEGER NOT NULL,
  PRIMARY KEY (register, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE memory_write (
  gpa   INTEGER NOT NULL,
  size  INTEGER NOT NULL,
  step  INTEGER NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (gpa, size, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE unchanged_page (
  step INTEGER NOT NULL,
  page INTEGER NOT NULL,
  PRIMARY KEY (step, page)
) STRICT, WITHOUT ROWID;

CREATE TABLE port_io (
  id        INTEGER PRIMARY KEY,
  step      INTEGER NOT NULL,
  port      INTEGER NOT NULL,
  direction TEXT NOT NULL,
  size      INTEGER NOT NULL,
  count     INTEGER NOT NULL,
  data      BLOB NOT NULL
) STRICT;

CREATE TABLE mmio (
  id        INTEGER PRIMARY KEY,
  step      INTEGER NOT NULL,
  gpa       INTEGER NOT NULL,
  direction TEXT NOT NULL,
  size      INTEGER NOT NULL,
  data      BLOB NOT NULL
) STRICT;

CREATE TABLE interruption (
  id         INTEGER PRIMARY KEY,
  step       INTEGER NOT NULL,
  vector     INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  error_code INTEGER,
  cr2        INTEGER,
  rip        INTEGER NOT NULL,
  assisted   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE assisted (
  step INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE input_value (
  id    INTEGER PRIMARY KEY,
  step  INTEGER NOT NULL,
  kind  TEXT NOT NULL,
  value INTEGER NOT NULL
) STRICT;

CREATE TABLE digest (
  step  INTEGER PRIMARY KEY,
  chunk INTEGER NOT NULL,
  chain INTEGER NOT NULL
) STRICT;

-- ---------------------------------------------------------------- starting points

CREATE TABLE snapshot (
  step      INTEGER PRIMARY KEY,
  regs      BLOB NOT NULL,
  sregs     BLOB NOT NULL,
  xsave     BLOB NOT NULL,
  xcrs      BLOB NOT NULL,
  msrs      BLOB NOT NULL,
  events    BLOB NOT NULL,
  debugregs BLOB NOT NULL,
  mp_state  BLOB NOT NULL,
  devices   BLOB NOT NULL
) STRICT;

CREATE TABLE snapshot_page (
  step INTEGER NOT NULL,
  page INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (page, step)
) STRICT;

CREATE TABLE port_input (
  data BLOB NOT NULL
) STRICT;

CREATE TABLE cpuid (
  function INTEGER NOT NULL,
  "index"  INTEGER NOT NULL,
  flags    INTEGER NOT NULL,
  eax      INTEGER NOT NULL,
  ebx      INTEGER NOT NULL,
  ecx      INTEGER NOT NULL,
  edx      INTEGER NOT NULL
) STRICT;

-- ---------------------------------------------------------------- views

CREATE VIEW dirty_page AS
  SELECT step, gpa >> 12 AS page FROM memory_write
  UNION
  SELECT step, page FROM unchanged_page;

CREATE VIEW input AS
  SELECT step, kind, value, NULL AS address, NULL AS data FROM input_value
  UNION ALL
  SELECT step, 'port', NULL, port, data FROM port_io WHERE direction = 'in'
  UNION ALL
  SELECT step, 'mmio', NULL, gpa, data FROM mmio WHERE direction = 'read'
  UNION ALL
  SELECT step, 'interrupt', vector, NULL, NULL FROM interruption WHERE kind IN ('interrupt', 'nmi');

CREATE VIEW steps AS
  SELECT s.id, i.rip, i.text,
    (SELECT w.value FROM register_write w WHERE w.register = 0 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rax,
    (SELECT w.value FROM register_write w WHERE w.register = 1 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rbx,
    (SELECT w.value FROM register_write w WHERE w.register = 2 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rcx,
    (SELECT w.value FROM register_write w WHERE w.register = 3 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rdx,
    (SELECT w.value FROM register_write w WHERE w.register = 4 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rsi,
    (SELECT w.value FROM register_write w WHERE w.register = 5 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rdi,
    (SELECT w.value FROM register_write w WHERE w.register = 7 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rbp,
    (SELECT w.value FROM register_write w WHERE w.register = 6 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rsp,
    (SELECT w.value FROM register_write w WHERE w.register = 8 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r8,
    (SELECT w.value FROM register_write w WHERE w.register = 9 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r9,
    (SELECT w.value FROM register_write w WHERE w.register = 10 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r10,
    (SELECT w.value FROM register_write w WHERE w.register = 11 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r11,
    (SELECT w.value FROM register_write w WHERE w.register = 12 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r12,
    (SELECT w.value FROM register_write w WHERE w.register = 13 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r13,
    (SELECT w.value FROM register_write w WHERE w.register = 14 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r14,
    (SELECT w.value FROM register_write w WHERE w.register = 15 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS r15,
    (SELECT w.value FROM register_write w WHERE w.register = 16 AND w.step < s.id ORDER BY w.step DESC LIMIT 1) AS rflags,
    s.instruction, i.bytes, i.mode
  FROM step s JOIN instruction i ON i.id = s.instruction;
