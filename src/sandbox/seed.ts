// The fixed keys and ids of the seeded data, by the names that tests and demonstrations use.
const scripId = (group: number, n: number) => `5c${group}00000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const trustpagerId = (group: string, n: number) => `79${group}00000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const SCRIP_KEYS = {
  /** Every Scrip key may do everything in its organisation; there is no other kind (scrip.md 3). */
  full: 'sk_twin_harbour_lane_8d1f4c20',
  revoked: 'sk_twin_harbour_lane_revoked_00',
} as const;

export const SCRIP_PROGRAMS = {
  /** The coffee roaster's loyalty program: 360 members. */
  rewards: scripId(1, 1),
  /** The cafés that buy beans in bulk: 14 members. */
  wholesale: scripId(1, 2),
  /** A program that was closed: ARCHIVED, can be read, refuses every write. */
  closed: scripId(1, 3),
} as const;

export const SCRIP_AUTOMATIONS = {
  /** cron × participants, active, idle, no filter: everyone. Last run reached 352. */
  weeklyDigest: scripId(2, 1),
  /** cron × participants, active, idle, VIPs with five visits or more; never ran. */
  vipDoublePoints: scripId(2, 2),
  /** cron × program, active. */
  nightlySweep: scripId(2, 3),
  /** cron × participants, paused. */
  happyHour: scripId(2, 4),
  /** cron × program, paused. */
  ledgerReport: scripId(2, 5),
  /** one_time × participants, active, three weeks from now, one city. */
  tastingInvitation: scripId(2, 6),
  /** one_time × program, active, two weeks from now. */
  newBlendLaunch: scripId(2, 7),
  /** one_time × program, completed. */
  openingWeek: scripId(2, 8),
  /** one_time × program with a participant_id, failed. */
  refundFollowUp: scripId(2, 9),
  /** immediate × participants, completed, reached 340. */
  welcomeBonus: scripId(2, 10),
  /** immediate × participants, set active again afterwards, idle: may be triggered. Last run reached 118. */
  apologyCredit: scripId(2, 11),
  /** participant_state × participants, ATTRIBUTE_DATE on birthday, active, with subscriptions. */
  birthdayTreat: scripId(2, 12),
  /** participant_state × participants, INTERVAL, paused. */
  winBack: scripId(2, 13),
  /** participant_state × participants, THRESHOLD on points, active; its enrolment is older than its filter. */
  hundredPoints: scripId(2, 14),
  /** cron × participants, archived. */
  stampCard: scripId(2, 15),
  /** one_time × program for one participant, made by a rule (source rule_action), active. */
  tierFollowUp: scripId(2, 16),
  /** cron × participants, active, idle; the last fan-out was cancelled half way. */
  cuppingClass: scripId(2, 17),
  /** wholesale: cron × program, active, its last run failed (last_error). */
  partnerStatement: scripId(2, 21),
  /** wholesale: cron × participants, active, idle, quiet cafés only. */
  reorderNudge: scripId(2, 22),
  /** closed program: one_time × program, completed. */
  foundersFarewell: scripId(2, 31),
} as const;

/** The id of the n-th seeded member, counted from 1. */
export function scripParticipantId(program: 'rewards' | 'wholesale', n: number): string {
  return scripId(program === 'rewards' ? 3 : 4, n);
}

export const TRUSTPAGER_KEYS = {
  /** Brightwater Plumbing, admin: everything, and it plays the human at the approval queue. */
  full: 'tp_live_twin_full_access_5e0c93b1',
  readOnly: 'tp_live_twin_read_only_77aa01c4',
  /** automations:write and billing:read, no trigger scope. */
  writeNoTrigger: 'tp_live_twin_write_no_trigger_31',
  /** automations:write, automations:delete, billing:read and automations-trigger:trigger. */
  triggerNew: 'tp_live_twin_trigger_new_name_42',
  /** automations:write and the older automations:trigger. */
  triggerOld: 'tp_live_twin_trigger_old_name_43',
  /** automations:read and automations-trigger:trigger, no write: may trigger, may not execute. */
  triggerNoWrite: 'tp_live_twin_trigger_no_write_44',
  /** Every write is held for a person: 202. */
  approval: 'tp_live_twin_approval_queue_0055',
  /** A copy of the same workspace with a balance of zero. */
  noCredits: 'tp_live_twin_no_credits_000000aa',
  /** A copy of the same workspace on the Free plan. */
  freePlan: 'tp_live_twin_free_plan_0000000bb',
} as const;

export const TRUSTPAGER_AUTOMATIONS = {
  /** contact_created → one SMS; enabled; runs of every kind in its history. */
  welcomeSms: trustpagerId('a', 1),
  /** stage_changed → e-mail, SMS, task; enabled. */
  quoteFollowUp: trustpagerId('a', 2),
  /** call_voicemail → SMS; enabled; deduplicated within 30 minutes. */
  missedCall: trustpagerId('a', 3),
  /** invoice_paid → review request, tag; enabled. */
  reviewRequest: trustpagerId('a', 4),
  /** booking_created → voice call, paid by the minute; enabled. */
  callReminder: trustpagerId('a', 5),
  /** A disabled draft: marketing e-mail and a postcard (a type the public pages do not name, and without a price). */
  winterNewsletter: trustpagerId('a', 6),
  /** form_completed → tag, then trigger_automation: cascades into welcomeSms; enabled. */
  webEnquiry: trustpagerId('a', 7),
  /** deal_created with conditions: value of 5000 or more and tagged residential; enabled. */
  bigJob: trustpagerId('a', 8),
  /** xero_invoice_paid → webhook and document, both without a price; enabled; at most 20 a day. */
  jobHandover: trustpagerId('a', 9),
} as const;

export const TRUSTPAGER_ACTIONS = {
  welcomeSms: trustpagerId('c', 1),
  quoteEmail: trustpagerId('c', 2),
  quoteSms: trustpagerId('c', 3),
  quoteTask: trustpagerId('c', 4),
  missedCallSms: trustpagerId('c', 5),
  reviewRequest: trustpagerId('c', 6),
  reviewTag: trustpagerId('c', 7),
  reminderCall: trustpagerId('c', 8),
  newsletterEmail: trustpagerId('c', 9),
  newsletterPostcard: trustpagerId('c', 10),
  enquiryTag: trustpagerId('c', 11),
  enquiryCascade: trustpagerId('c', 12),
  bigJobSlack: trustpagerId('c', 13),
  bigJobEmail: trustpagerId('c', 14),
  handoverWebhook: trustpagerId('c', 15),
  handoverDocument: trustpagerId('c', 16),
} as const;

export const TRUSTPAGER_TRIGGERS = {
  contactCreated: trustpagerId('b', 1),
  voicemail: trustpagerId('b', 2),
  invoicePaid: trustpagerId('b', 3),
  booking: trustpagerId('b', 4),
  webForm: trustpagerId('b', 5),
  dealCreated: trustpagerId('b', 6),
  xeroPaid: trustpagerId('b', 7),
} as const;

export const TRUSTPAGER_RUNS = {
  welcomeCompleted: trustpagerId('d', 1),
  /** The contact had no phone number. */
  welcomeFailed: trustpagerId('d', 2),
  welcomeOlder: trustpagerId('d', 3),
  quoteCompleted: trustpagerId('d', 4),
  /** Conditions not met. */
  bigJobSkipped: trustpagerId('d', 5),
  /** One of two actions failed, so the run is completed with actions_failed 1. */
  handoverPartly: trustpagerId('d', 6),
} as const;

export const TRUSTPAGER_CONTACTS = {
  /** Has phone and e-mail, tagged residential. */
  priya: trustpagerId('e', 1),
  /** Has phone and e-mail, tagged commercial. */
  tom: trustpagerId('e', 2),
  /** Has e-mail but no phone: every SMS and call to her fails. */
  nadia: trustpagerId('e', 3),
} as const;

export const TRUSTPAGER_DEALS = {
  /** Priya's bathroom, 8400. */
  bathroom: trustpagerId('f', 1),
  /** Tom's shop gutters, 1250. */
  gutters: trustpagerId('f', 2),
} as const;

export const TRUSTPAGER_STAGES = { quoteSent: trustpagerId('8', 1), won: trustpagerId('8', 2) } as const;
