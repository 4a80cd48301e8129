// The defects that are planted one at a time to test the simulation: which text of which file becomes which.
/** Exactly one place in the file reads like the second, and becomes the third. */
export type Edit = [file: string, from: string, to: string];
const oneYes: Edit = ['src/store/tables.ts', 'approval_id TEXT UNIQUE', 'approval_id TEXT'];
const canonical = 'src/ledger/canonical.ts';
const send = 'src/server/send.ts';
const refusal = 'src/store/refusal.ts';
const verbs = 'src/store/verbs.ts';
const records = 'src/store/records.ts';
const limits = 'src/policy/budget-limits.ts';

export const defects: Record<string, Edit[]> = {
  'the intent is recorded after sending began': [
    [
      send,
      'const opened = await house.store.open({',
      'const early = handle.send(request, { signal: caller.signal, headers });\n  const opened = await house.store.open({',
    ],
    [
      send,
      'handle\n    .send(request, { signal: caller.signal, stopped: async () => (await house.store.stopped()) !== undefined, headers })',
      'early',
    ],
  ],
  'a yes is not used up': [
    [verbs, "UPDATE questions SET state = 'consumed', intent_id = ? WHERE id = ?", 'SELECT ?, ?'],
    oneYes,
  ],
  'a used yes is found again': [
    [verbs, "(state = 'approved' AND usable_until > ?)", "(state IN ('approved', 'consumed') AND usable_until > ?)"],
    [
      verbs,
      'return { question: usable, joined: true }',
      "return { question: { ...usable, state: usable.state === 'open' ? 'open' : 'approved' }, joined: true }",
    ],
    [refusal, "question?.state === 'consumed' && found.consumer", "question?.state === 'open' && found.consumer"],
    [refusal, "question?.state === 'approved' &&", "question?.state !== 'open' && question !== undefined &&"],
    oneYes,
  ],
  'the digest leaves the arguments out': [
    [canonical, "digest('call', [of.tool, of.arguments, of.connection", "digest('call', [of.tool, of.connection"],
  ],
  'the digest leaves the principal out': [[canonical, 'of.connection, of.principal]', 'of.connection]']],
  'the question leaves the client out': [
    [canonical, 'of.call, of.client, of.target_version', 'of.call, of.target_version'],
  ],
  'the target version is not compared': [
    [canonical, 'of.client, of.target_version, of.policy_version', 'of.client, of.policy_version'],
  ],
  'a lost request is sent again': [
    [
      send,
      '.then(receipt => keep(house, intent, receipt, ',
      ".then(receipt => (receipt.outcome === 'unknown' ? handle.send(request, { headers }) : receipt))\n    .then(receipt => keep(house, intent, receipt, ",
    ],
  ],
  'a yes never gets old': [
    [refusal, 'now < (question.usable_until ?? 0)', 'now > 0'],
    [verbs, "(state = 'approved' AND usable_until > ?)", "(state = 'approved' AND ? > 0)"],
  ],
  'an answer after the expiry counts': [
    [verbs, "if (asked.state !== 'open' || at >= asked.expires_at)", "if (asked.state !== 'open')"],
  ],
  'a later yes overrules a no': [
    [verbs, "if (asked.state !== 'open' ||", "if ((asked.state !== 'open' && asked.state !== 'rejected') ||"],
  ],
  'accepting an empty form is a yes': [
    [
      'src/approvals/approvals.ts',
      "if (action !== 'accept' || typeof",
      "if (action === 'accept') return true;\n  if (typeof",
    ],
  ],
  'nothing is read again after the yes': [
    [
      'src/server/call.ts',
      'if (asked) return asked;',
      'return asked ?? send(house, gathered, question, caller, clock);',
    ],
  ],
  'a dearer price needs no new yes': [['src/server/ask.ts', 'now.high <= then.high &&', '']],
  'the same call is not looked for when recording': [
    [refusal, "if (same) return { refused: 'same', intent: same };", ''],
  ],
  'other writes in flight are not looked for when recording': [
    [refusal, "if (busy) return { refused: 'busy', intent: busy };", ''],
  ],
  'an unsettled call passes without a person': [
    ['src/server/gather.ts', '...(before.unsettled ? { unsettled:', '...(before.unsettled && false ? { unsettled:'],
  ],
  'a call that was raced is asked about all the same': [[verbs, 'if (raced) return', 'if (raced && false) return']],
  'a repeated creation is not answered with the first': [
    [send, "draft.effect !== 'run' && draft.effect !== 'create'", 'true'],
    ['src/server/call.ts', 'earlier.lastDone && repeats', 'earlier.lastDone && false && repeats'],
  ],
  'a 5xx is a refusal': [['src/vendors/classify.ts', 'status >= 400 && status < 500', 'status >= 400 && status < 600']],
  'held is done': [['src/vendors/classify.ts', "vendor === 'trustpager' && status === 202", 'status === 1']],
  'what broke while sending was not sent': [
    [
      send,
      "outcome: 'unknown',\n        code: 'outcome_unknown',\n        reason: 'something",
      "outcome: 'not_sent',\n        code: 'unavailable',\n        reason: 'something",
    ],
  ],
  'another call of ours is taken for the lost one': [
    ['src/server/settling.ts', ' || (!found.certain && (await rivalled(house, intent, window)))', ''],
  ],
  'a run that was there before is taken for the lost call': [
    ['tools/lost-run.ts', '!seen.has(row.run_id)', 'seen.size >= 0'],
  ],
  'a marked run is looked for by its data': [
    [
      'tools/lost-run.ts',
      'bears(window) : run',
      '(run) => isDeepStrictEqual(unmarked(run.trigger_data).rest ?? {}, given.trigger_data ?? {}) : run',
    ],
  ],
  'its own schedule is taken for the lost call': [
    ['tools/scrip/trigger-automation.ts', 'if (moved && at >= Date', 'if (moved && at < 0 && at >= Date'],
  ],
  'a stop waits like any other write': [
    [refusal, 'const busy = stops ? undefined :', 'const busy ='],
    ['src/server/call.ts', 'earlier.busy && !gathered.draft.stops', 'earlier.busy'],
  ],
  'a stop that comes after the intent was recorded is not looked at': [
    [send, 'stopped: async () => (await house.store.stopped()) !== undefined, ', ''],
  ],
  'a budget is judged outside the transaction': [[send, 'limits: limitsNow(gathered, now)', 'limits: []']],
  'a budget has room for what is unknown': [
    [records, "NOT IN ('rejected', 'not_sent')", "NOT IN ('rejected', 'not_sent', 'unknown')"],
  ],
  'a budget has room for what the vendor holds': [
    [records, "NOT IN ('rejected', 'not_sent')", "NOT IN ('rejected', 'not_sent', 'pending')"],
  ],
  'a budget has room for what has no receipt yet': [[records, '(outcome IS NULL OR outcome NOT IN', '(outcome NOT IN']],
  'a budget reserves the low end': [[limits, 'unknown.length === 0 ? quote.high', 'unknown.length === 0 ? quote.low']],
  'a budget does not feel what was charged beyond the price': [
    ['src/server/spending.ts', 'Math.max(spent, low)', 'Math.min(spent, draft.quote.high)'],
  ],
  'a budget lets an unknown price through': [
    [
      'src/policy/budget.ts',
      'if (wanted === undefined) {',
      'if (wanted === undefined) return;\n  if (wanted === null) {',
    ],
  ],
  'a budget holds a stop back': [[limits, "if (stops === true || effect === 'read')", "if (effect === 'read')"]],
  'a budget forgets what its principal did elsewhere': [
    [
      limits,
      "...(each === 'principal' || budget.principal !== undefined ? { principal } : {})",
      "...(each === 'principal' ? { principal, connection: connection.id } : {})",
    ],
  ],
  'the operator’s stop is not looked at': [
    [refusal, 'if (found.stop !== undefined)', 'if (found.stop === "never")'],
    [send, 'stopped: async () => (await house.store.stopped()) !== undefined, ', ''],
    ['src/policy/stopped.ts', 'writes && stop !== undefined', 'writes && stop === "never"'],
  ],
};
