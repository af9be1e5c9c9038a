-- The log of `kvmtrace record --fast`, version 1. Tables and columns are described in schema/README.md.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE header (
  json       TEXT NOT NULL,
  port_input BLOB NOT NULL
) STRICT;

CREATE TABLE entry (
  id        INTEGER PRIMARY KEY,
  kind      TEXT NOT NULL,
  address   INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  data      BLOB,
  registers BLOB
) STRICT;

CREATE TABLE stretch (
  id        INTEGER PRIMARY KEY,
  entry     INTEGER NOT NULL,
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

CREATE TABLE stretch_page (
  stretch INTEGER NOT NULL,
  page    INTEGER NOT NULL,
  data    BLOB NOT NULL,
  PRIMARY KEY (page, stretch)
) STRICT;
