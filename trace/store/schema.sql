-- The schema of a trace, user_version 1.  One file, plain tables, made to be
-- queried by hand.  `seq` orders everything: events of the program, kernel
-- calls, gaps and the end all take their number from one sequence, given by
-- the recorder when it merges its sources by time.  Times are nanoseconds of
-- CLOCK_MONOTONIC.

-- Facts about the run: format, command, version, kernel, generation, started
-- (wall clock), program_status, how it ended; alias:PORT = 41234, wire_request:1 = ...
CREATE TABLE run (
  key    TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;

-- The catalogue as it was when this was recorded, and names given at run time
-- (number 4096 and up).
CREATE TABLE kinds (
  kind     INTEGER PRIMARY KEY,
  symbol   TEXT NOT NULL,
  name     TEXT NOT NULL,
  shape    TEXT NOT NULL,               -- span, instant
  layer    TEXT NOT NULL,               -- program, http, future, loop, stream, socket, run, kernel
  role     TEXT NOT NULL,               -- core, info
  fields   TEXT NOT NULL,
  returns  TEXT NOT NULL,
  english  TEXT NOT NULL,
  chinese  TEXT NOT NULL
);

-- Places in the source that emit.
CREATE TABLE sites (
  site     INTEGER PRIMARY KEY,
  file     TEXT NOT NULL,
  line     INTEGER NOT NULL,
  function TEXT NOT NULL
);

-- Source text around the sites that were hit, so that a trace can be read
-- where the sources are not.
CREATE TABLE sources (
  file  TEXT NOT NULL,
  line  INTEGER NOT NULL,
  text  TEXT NOT NULL,
  PRIMARY KEY (file, line)
) WITHOUT ROWID;

-- What events are about, numbered by first appearance within a class.
CREATE TABLE objects (
  object   INTEGER PRIMARY KEY,
  class    TEXT NOT NULL,               -- fd, future, timeout, runner, key
  number   INTEGER NOT NULL,
  name     TEXT NOT NULL,               -- fd#1, waker, future#2
  runtime  INTEGER NOT NULL,            -- its number in the program; for fd: serial << 32 | descriptor
  seq      INTEGER NOT NULL             -- first appearance
);

-- One row for each begin, instant and NAME:return.
CREATE TABLE events (
  seq          INTEGER PRIMARY KEY,
  time         INTEGER NOT NULL,
  thread       INTEGER NOT NULL,        -- kernel thread id
  turn         INTEGER NOT NULL,        -- iteration of the loop, 0 before the first
  depth        INTEGER NOT NULL,
  parent       INTEGER,                 -- seq of the span it lies in
  kind         INTEGER NOT NULL,
  phase        INTEGER NOT NULL,        -- 1 begin, 2 return row, 3 instant
  site         INTEGER,
  asked_by     INTEGER,                 -- seq of the event that requested this call
  triggered_by INTEGER,                 -- seq of the event that made it due
  id           INTEGER,                 -- ring id, of events that others may name
  a0, a1, a2, a3,                       -- numeric fields; objects by their objects.object
  detail       TEXT NOT NULL            -- key=value; key=value
);

-- Where spans ended: one row for each that did.
CREATE TABLE ends (
  seq     INTEGER PRIMARY KEY,          -- the begin
  time    INTEGER NOT NULL,
  after   INTEGER NOT NULL,             -- the last seq inside, or the begin itself
  ret     TEXT,                         -- what the row shows as ret=
  raised  INTEGER NOT NULL              -- 1: left by an exception
);

-- Bytes that events carried, as far as they were kept; masked where secret.
CREATE TABLE payloads (
  seq    INTEGER NOT NULL,
  field  TEXT NOT NULL,
  total  INTEGER NOT NULL,
  bytes  BLOB NOT NULL,
  PRIMARY KEY (seq, field)
) WITHOUT ROWID;

-- The kernel's view: one row for each system call; its events row gives the
-- place among the steps (parent = the span that made it).
CREATE TABLE syscalls (
  seq       INTEGER PRIMARY KEY,
  name      TEXT NOT NULL,
  fd        INTEGER,
  object    INTEGER,                    -- objects.object of fd, if known
  args      TEXT NOT NULL,
  result    INTEGER,                    -- NULL: it never returned
  shown     TEXT NOT NULL,              -- the result as people read it
  duration  INTEGER
);

-- Where events are known to be missing.
CREATE TABLE gaps (
  gap     INTEGER PRIMARY KEY,
  after   INTEGER NOT NULL,             -- seq of the last event before it
  thread  INTEGER,
  source  TEXT NOT NULL,                -- program, kernel
  lost    INTEGER,                      -- NULL: unknown
  reason  TEXT NOT NULL
);

-- Stations of the run's walk that rows take, given by the walk's rules (trace/walk/)
-- when the recording was finished.  `article` is what files of this version call it.
CREATE TABLE article (
  seq         INTEGER NOT NULL,
  position    INTEGER NOT NULL,         -- 0, 1 ...: a row may take several
  step        TEXT NOT NULL,            -- 32.2.1
  occurrence  INTEGER NOT NULL,         -- 1 for the first time this step is taken
  PRIMARY KEY (seq, position)
) WITHOUT ROWID;

-- The replayed state after some events, so that any place is near to one; see
-- trace/replay/state.c.  Derived from the rest, and written last.
CREATE TABLE keyframes (
  seq    INTEGER PRIMARY KEY,
  state  BLOB NOT NULL
);

CREATE VIEW steps AS
SELECT e.seq, e.turn, e.depth,
       (SELECT group_concat(step, ',') FROM
         (SELECT step FROM article a WHERE a.seq = e.seq ORDER BY position)) AS step,
       k.name || CASE e.phase WHEN 2 THEN ':return' ELSE '' END AS event,
       e.detail
         || CASE WHEN n.ret IS NULL THEN ''
                 WHEN e.detail = '' THEN 'ret=' || n.ret
                 ELSE '; ret=' || n.ret END
         || CASE WHEN coalesce(n.raised, 0) = 0 THEN ''
                 WHEN e.detail = '' AND n.ret IS NULL THEN 'exit=exception'
                 ELSE '; exit=exception' END AS detail,
       s.file || ':' || s.line AS place,
       s.function
FROM events e
JOIN kinds k USING (kind)
LEFT JOIN ends n ON n.seq = e.seq AND e.phase = 1
LEFT JOIN sites s ON s.site = e.site;

CREATE VIEW kernel AS
SELECT c.seq, e.turn, e.parent, c.name AS call, coalesce(o.name, c.fd) AS fd,
       c.args, c.shown AS result, c.duration, e.time
FROM syscalls c JOIN events e USING (seq) LEFT JOIN objects o USING (object);

CREATE VIEW callbacks AS
SELECT e.seq, e.turn, e.time, n.time - e.time AS duration, e.detail,
       e.asked_by, e.triggered_by
FROM events e JOIN kinds k USING (kind) LEFT JOIN ends n ON n.seq = e.seq
WHERE k.name = 'ioloop.IOLoop._run_callback';

CREATE VIEW why AS
SELECT e.seq, k.name AS event, e.detail,
       e.asked_by, ka.name AS asked_by_event, a.detail AS asked_by_detail,
       e.triggered_by, kt.name AS triggered_by_event, t.detail AS triggered_by_detail
FROM events e JOIN kinds k ON k.kind = e.kind
LEFT JOIN events a ON a.seq = e.asked_by LEFT JOIN kinds ka ON ka.kind = a.kind
LEFT JOIN events t ON t.seq = e.triggered_by LEFT JOIN kinds kt ON kt.kind = t.kind
WHERE e.asked_by IS NOT NULL OR e.triggered_by IS NOT NULL;
