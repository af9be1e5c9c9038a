-- Which source line code comes from, as the guest's debugging information says. Traces of guests
-- without any, and those of an older kvmtrace, are without these tables.

CREATE TABLE source_file (
  id   INTEGER PRIMARY KEY,
  path TEXT NOT NULL
) STRICT;

CREATE TABLE source_line (
  address  INTEGER PRIMARY KEY,
  size     INTEGER NOT NULL,
  file     INTEGER NOT NULL,
  line     INTEGER NOT NULL,
  "column" INTEGER NOT NULL
) STRICT;
