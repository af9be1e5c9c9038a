-- Derived from the event stream of 0001_trace.sql by decoding. `kvmtrace index` makes these tables;
-- a trace may be without them, and they may be dropped and made again at any time.

CREATE TABLE call (
  id          INTEGER PRIMARY KEY,
  parent      INTEGER,
  kind        TEXT NOT NULL,
  address     INTEGER NOT NULL,
  first_step  INTEGER NOT NULL,
  last_step   INTEGER NOT NULL,
  depth       INTEGER NOT NULL,
  own_steps   INTEGER NOT NULL,
  ended       TEXT NOT NULL,
  total_steps INTEGER GENERATED ALWAYS AS (last_step - first_step + 1) VIRTUAL
) STRICT;
CREATE INDEX call_first_step ON call(first_step);
CREATE INDEX call_parent ON call(parent);

CREATE TABLE function_steps (
  address     INTEGER PRIMARY KEY,
  calls       INTEGER NOT NULL,
  own_steps   INTEGER NOT NULL,
  total_steps INTEGER NOT NULL
) STRICT;

CREATE TABLE instruction_steps (
  instruction INTEGER PRIMARY KEY,
  steps       INTEGER NOT NULL,
  first_step  INTEGER NOT NULL,
  last_step   INTEGER NOT NULL
) STRICT;

CREATE TABLE execution_mark (
  address INTEGER NOT NULL,
  rank    INTEGER NOT NULL,
  step    INTEGER NOT NULL,
  PRIMARY KEY (address, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_run (
  id          INTEGER PRIMARY KEY,
  unit        INTEGER NOT NULL,
  first_step  INTEGER NOT NULL,
  last_step   INTEGER NOT NULL,
  read_bytes  INTEGER NOT NULL,
  write_bytes INTEGER NOT NULL,
  reach       INTEGER NOT NULL,
  accesses    TEXT NOT NULL
) STRICT;
CREATE INDEX access_run_unit
  ON access_run(unit, first_step, last_step, read_bytes, write_bytes, reach);

CREATE TABLE efi_call (
  id          INTEGER PRIMARY KEY,
  step        INTEGER NOT NULL,
  depth       INTEGER NOT NULL,
  service     TEXT NOT NULL,
  arguments   TEXT NOT NULL,
  status      INTEGER,
  status_name TEXT,
  return_step INTEGER
) STRICT;
CREATE INDEX efi_call_step ON efi_call(step);

CREATE VIEW memory_access AS
  SELECT r.first_step + (a.value >> 17) AS step,
    r.unit * 64 + (a.value >> 11 & 63) AS gpa,
    a.value >> 4 & 127 AS size,
    a.value & 1 AS reads,
    a.value >> 1 & 1 AS writes,
    a.value >> 2 & 1 AS silent,
    a.value >> 3 & 1 AS implied,
    r.unit AS unit
  FROM access_run r, json_each(r.accesses) a WHERE r.unit >= 0
  UNION ALL
  SELECT r.first_step + (a.value >> 29),
    (-1 - r.unit) * 4096 + (a.value >> 17 & 4095),
    a.value >> 4 & 8191,
    a.value & 1,
    a.value >> 1 & 1,
    a.value >> 2 & 1,
    a.value >> 3 & 1,
    r.unit
  FROM access_run r, json_each(r.accesses) a WHERE r.unit < 0;
