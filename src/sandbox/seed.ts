// The fixed keys and ids of the seeded data, by the names that tests and demonstrations use.
import { createHash } from 'node:crypto';

/** The id of what bears this name: the same at every start, and like a real one different from its first character on. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

export const SCRIP_KEYS = {
  /** Every Scrip key may do everything in its organisation; there is no other kind (scrip.md 3). */
  full: 'sk_twin_harbour_lane_8d1f4c20',
  revoked: 'sk_twin_harbour_lane_revoked_00',
} as const;

export const SCRIP_PROGRAMS = {
  /** The coffee roaster's loyalty program: 360 members. */
  rewards: uuidOf('scrip program rewards'),
  /** The cafés that buy beans in bulk: 14 members. */
  wholesale: uuidOf('scrip program wholesale'),
  /** A program that was closed: ARCHIVED, can be read, refuses every write. */
  closed: uuidOf('scrip program closed'),
} as const;

export const SCRIP_AUTOMATIONS = {
  /** cron × participants, active, idle, no filter: everyone. Last run reached 352. */
  weeklyDigest: uuidOf('scrip automation weeklyDigest'),
  /** cron × participants, active, idle, VIPs with five visits or more; never ran. */
  vipDoublePoints: uuidOf('scrip automation vipDoublePoints'),
  /** cron × program, active. */
  nightlySweep: uuidOf('scrip automation nightlySweep'),
  /** cron × participants, paused. */
  happyHour: uuidOf('scrip automation happyHour'),
  /** cron × program, paused. */
  ledgerReport: uuidOf('scrip automation ledgerReport'),
  /** one_time × participants, active, three weeks from now, one city. */
  tastingInvitation: uuidOf('scrip automation tastingInvitation'),
  /** one_time × program, active, two weeks from now. */
  newBlendLaunch: uuidOf('scrip automation newBlendLaunch'),
  /** one_time × program, completed. */
  openingWeek: uuidOf('scrip automation openingWeek'),
  /** one_time × program with a participant_id, failed. */
  refundFollowUp: uuidOf('scrip automation refundFollowUp'),
  /** immediate × participants, completed, reached 340. */
  welcomeBonus: uuidOf('scrip automation welcomeBonus'),
  /** immediate × participants, set active again afterwards, idle: may be triggered. Last run reached 118. */
  apologyCredit: uuidOf('scrip automation apologyCredit'),
  /** participant_state × participants, ATTRIBUTE_DATE on birthday, active, with subscriptions. */
  birthdayTreat: uuidOf('scrip automation birthdayTreat'),
  /** participant_state × participants, INTERVAL, paused. */
  winBack: uuidOf('scrip automation winBack'),
  /** participant_state × participants, THRESHOLD on points, active; its enrolment is older than its filter. */
  hundredPoints: uuidOf('scrip automation hundredPoints'),
  /** cron × participants, archived. */
  stampCard: uuidOf('scrip automation stampCard'),
  /** one_time × program for one participant, made by a rule (source rule_action), active. */
  tierFollowUp: uuidOf('scrip automation tierFollowUp'),
  /** cron × participants, active, idle; the last fan-out was cancelled half way. */
  cuppingClass: uuidOf('scrip automation cuppingClass'),
  /** wholesale: cron × program, active, its last run failed (last_error). */
  partnerStatement: uuidOf('scrip automation partnerStatement'),
  /** wholesale: cron × participants, active, idle, quiet cafés only. */
  reorderNudge: uuidOf('scrip automation reorderNudge'),
  /** closed program: one_time × program, completed. */
  foundersFarewell: uuidOf('scrip automation foundersFarewell'),
} as const;

/** The id of the n-th seeded member, counted from 1. */
export function scripParticipantId(program: 'rewards' | 'wholesale', n: number): string {
  return uuidOf(`scrip ${program} member ${n}`);
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
  welcomeSms: uuidOf('trustpager automation welcomeSms'),
  /** stage_changed → e-mail, SMS, task; enabled. */
  quoteFollowUp: uuidOf('trustpager automation quoteFollowUp'),
  /** call_voicemail → SMS; enabled; deduplicated within 30 minutes. */
  missedCall: uuidOf('trustpager automation missedCall'),
  /** invoice_paid → review request, tag; enabled. */
  reviewRequest: uuidOf('trustpager automation reviewRequest'),
  /** booking_created → voice call, paid by the minute; enabled. */
  callReminder: uuidOf('trustpager automation callReminder'),
  /** A disabled draft: marketing e-mail and a postcard (a type the public pages do not name, and without a price). */
  winterNewsletter: uuidOf('trustpager automation winterNewsletter'),
  /** form_completed → tag, then trigger_automation: cascades into welcomeSms; enabled. */
  webEnquiry: uuidOf('trustpager automation webEnquiry'),
  /** deal_created with conditions: value of 5000 or more and tagged residential; enabled. */
  bigJob: uuidOf('trustpager automation bigJob'),
  /** xero_invoice_paid → webhook and document, both without a price; enabled; at most 20 a day. */
  jobHandover: uuidOf('trustpager automation jobHandover'),
} as const;

export const TRUSTPAGER_ACTIONS = {
  welcomeSms: uuidOf('trustpager action welcomeSms'),
  quoteEmail: uuidOf('trustpager action quoteEmail'),
  quoteSms: uuidOf('trustpager action quoteSms'),
  quoteTask: uuidOf('trustpager action quoteTask'),
  missedCallSms: uuidOf('trustpager action missedCallSms'),
  reviewRequest: uuidOf('trustpager action reviewRequest'),
  reviewTag: uuidOf('trustpager action reviewTag'),
  reminderCall: uuidOf('trustpager action reminderCall'),
  newsletterEmail: uuidOf('trustpager action newsletterEmail'),
  newsletterPostcard: uuidOf('trustpager action newsletterPostcard'),
  enquiryTag: uuidOf('trustpager action enquiryTag'),
  enquiryCascade: uuidOf('trustpager action enquiryCascade'),
  bigJobSlack: uuidOf('trustpager action bigJobSlack'),
  bigJobEmail: uuidOf('trustpager action bigJobEmail'),
  handoverWebhook: uuidOf('trustpager action handoverWebhook'),
  handoverDocument: uuidOf('trustpager action handoverDocument'),
} as const;

export const TRUSTPAGER_TRIGGERS = {
  contactCreated: uuidOf('trustpager trigger contactCreated'),
  voicemail: uuidOf('trustpager trigger voicemail'),
  invoicePaid: uuidOf('trustpager trigger invoicePaid'),
  booking: uuidOf('trustpager trigger booking'),
  webForm: uuidOf('trustpager trigger webForm'),
  dealCreated: uuidOf('trustpager trigger dealCreated'),
  xeroPaid: uuidOf('trustpager trigger xeroPaid'),
} as const;

export const TRUSTPAGER_RUNS = {
  welcomeCompleted: uuidOf('trustpager run welcomeCompleted'),
  /** The contact had no phone number. */
  welcomeFailed: uuidOf('trustpager run welcomeFailed'),
  welcomeOlder: uuidOf('trustpager run welcomeOlder'),
  quoteCompleted: uuidOf('trustpager run quoteCompleted'),
  /** Conditions not met. */
  bigJobSkipped: uuidOf('trustpager run bigJobSkipped'),
  /** One of two actions failed, so the run is completed with actions_failed 1. */
  handoverPartly: uuidOf('trustpager run handoverPartly'),
} as const;

export const TRUSTPAGER_CONTACTS = {
  /** Has phone and e-mail, tagged residential. */
  priya: uuidOf('trustpager contact priya'),
  /** Has phone and e-mail, tagged commercial. */
  tom: uuidOf('trustpager contact tom'),
  /** Has e-mail but no phone: every SMS and call to her fails. */
  nadia: uuidOf('trustpager contact nadia'),
} as const;

export const TRUSTPAGER_DEALS = {
  /** Priya's bathroom, 8400. */
  bathroom: uuidOf('trustpager deal bathroom'),
  /** Tom's shop gutters, 1250. */
  gutters: uuidOf('trustpager deal gutters'),
} as const;

export const TRUSTPAGER_STAGES = {
  quoteSent: uuidOf('trustpager stage quoteSent'),
  won: uuidOf('trustpager stage won'),
} as const;
