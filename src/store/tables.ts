// The tables of every store, as the steps that lead to them.

/**
 * How a store comes to have its tables: one step for every change there ever was, only ever added to. A store knows how many it has;
 * a program that knows fewer does not touch it. In SQLite's words, which `postgres.ts` puts into PostgreSQL's. The unique `approval_id` is the second lock on P1: even a
 * mistake in the order of refusals cannot spend one yes twice.
 */
export const steps = [
  `
CREATE TABLE questions (
  id TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  call TEXT NOT NULL,
  tool TEXT NOT NULL,
  connection TEXT NOT NULL,
  principal TEXT NOT NULL,
  client TEXT NOT NULL,
  arguments TEXT NOT NULL,
  target_version TEXT NOT NULL,
  policy_version TEXT NOT NULL,
  quote TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('ask', 'ask_human')),
  rule TEXT NOT NULL,
  shown TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'consumed')),
  channel TEXT,
  decided_at INTEGER,
  usable_until INTEGER,
  intent_id TEXT,
  CHECK ((state = 'open') = (decided_at IS NULL)),
  CHECK ((state IN ('approved', 'consumed')) <= (usable_until IS NOT NULL)),
  CHECK ((state = 'consumed') = (intent_id IS NOT NULL))
) STRICT;
CREATE INDEX questions_digest ON questions (digest, created_at);
CREATE INDEX questions_created ON questions (created_at);

CREATE TABLE intents (
  id TEXT NOT NULL PRIMARY KEY,
  call TEXT NOT NULL,
  tool TEXT NOT NULL,
  effect TEXT NOT NULL,
  connection TEXT NOT NULL,
  principal TEXT NOT NULL,
  client TEXT NOT NULL,
  target TEXT,
  arguments TEXT NOT NULL,
  request TEXT NOT NULL,
  approval_id TEXT UNIQUE,
  quote TEXT NOT NULL,
  preimage TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline_at INTEGER NOT NULL,
  outcome TEXT CHECK (outcome IN ('done', 'rejected', 'not_sent', 'pending', 'unknown')),
  receipt TEXT,
  settled_at INTEGER,
  CHECK ((outcome IS NULL) = (receipt IS NULL)),
  CHECK ((outcome IS NULL) = (settled_at IS NULL))
) STRICT;
CREATE INDEX intents_call ON intents (call, created_at);
CREATE INDEX intents_created ON intents (created_at);
CREATE INDEX intents_done ON intents (call, settled_at) WHERE outcome = 'done';
CREATE INDEX intents_unsettled ON intents (call, created_at) WHERE outcome IS NULL OR outcome IN ('unknown', 'pending');
CREATE INDEX intents_under_way ON intents (connection, target) WHERE outcome IS NULL;

CREATE TABLE keys (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;
`,
  // What budgets count and undoing goes back to, and the audit.
  `
ALTER TABLE intents ADD COLUMN before TEXT NOT NULL DEFAULT 'null';
ALTER TABLE intents ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE intents ADD COLUMN credits REAL NOT NULL DEFAULT 0 CHECK (credits >= 0);
ALTER TABLE intents ADD COLUMN people INTEGER NOT NULL DEFAULT 0 CHECK (people >= 0);

CREATE TABLE audit (
  seq INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  principal TEXT NOT NULL,
  client TEXT NOT NULL,
  connection TEXT,
  tool TEXT,
  intent_id TEXT,
  body TEXT NOT NULL,
  prev TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL UNIQUE
) STRICT;
`,
  // Sessions that were closed.
  `
CREATE TABLE ended_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ended_sessions_expires ON ended_sessions (expires_at);
`,
  // Who has a question's page open.
  `
ALTER TABLE questions ADD COLUMN page_by TEXT;
ALTER TABLE questions ADD COLUMN page_until INTEGER;
`,
  // Stopping counts for no call.
  `
ALTER TABLE intents ADD COLUMN calls INTEGER NOT NULL DEFAULT 1 CHECK (calls >= 0);
`,
  // All changes, where the text has no room for them.
  `
ALTER TABLE questions ADD COLUMN changes TEXT NOT NULL DEFAULT '[]';
`,
  // What budgets count is found in the index alone.
  `
DROP INDEX intents_created;
CREATE INDEX intents_created ON intents
  (created_at, outcome, connection, target, principal, rule, credits, calls, people, settled_at, deadline_at);
`,
  // Tokens that open the server over HTTP.
  `
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
`,
  // The operator's stop, for a store that has no folder to put it in (`stop.ts`).
  `
CREATE TABLE stops (
  what TEXT NOT NULL PRIMARY KEY CHECK (what = 'everything'),
  reason TEXT NOT NULL
) STRICT;
`,
  // Who must answer a question, and who did.
  `
ALTER TABLE questions ADD COLUMN approver TEXT NOT NULL DEFAULT 'anyone' CHECK (approver IN ('anyone', 'another'));
ALTER TABLE questions ADD COLUMN decided_by TEXT;
`,
  // What a token opens.
  `
ALTER TABLE tokens ADD COLUMN purpose TEXT NOT NULL DEFAULT 'mcp' CHECK (purpose IN ('mcp', 'approvals'));
`,
  // Hashes come in no order, and an index over them makes each entry of the audit dirty a page of its own. The order is the number's, which
  // is unique; whether the hashes follow each other is what verifying tells.
  `
ALTER TABLE audit RENAME TO audit_indexed;
CREATE TABLE audit (
  seq INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  principal TEXT NOT NULL,
  client TEXT NOT NULL,
  connection TEXT,
  tool TEXT,
  intent_id TEXT,
  body TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit (seq, at, kind, principal, client, connection, tool, intent_id, body, prev, hash)
  SELECT seq, at, kind, principal, client, connection, tool, intent_id, body, prev, hash FROM audit_indexed ORDER BY seq;
DROP TABLE audit_indexed;
`,
];
