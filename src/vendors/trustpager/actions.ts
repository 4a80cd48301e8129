// What each kind of TrustPager action does to the world (trustpager.md 5.5). The list is open: what is not here is `unknown`, which counts as the worst.

export type ActionClass =
  /** Reaches customers and costs credits. */
  | 'customer_reaching'
  /** Reaches another system. */
  | 'external'
  /** Stays within the CRM or the team. */
  | 'internal'
  /** Starts something else that may do any of these. */
  | 'cascade'
  | 'unknown';

const classes: Record<Exclude<ActionClass, 'unknown'>, readonly string[]> = {
  customer_reaching: [
    'send_custom_email',
    'send_gmail_email',
    'send_sms',
    'send_whatsapp',
    'voice_outbound_call',
    // The older name (C9).
    'trigger_voice_call',
    'send_form',
    'send_document',
    'send_for_signing',
    'send_marketing_email',
    'request_review',
  ],
  external: ['call_webhook', 'facebook_conversion', 'activecampaign', 'portant'],
  internal: [
    'slack_send_message',
    'notify_assigned_staff',
    'create_lead',
    'create_opportunity',
    'move_deal',
    'apply_tags',
    'remove_tags',
    'assign_user',
    'assign_deal_user',
    'set_deal_owner',
    'set_custom_field',
    'set_crm_field',
    'add_tasks',
    'create_referral',
    'update_next_action',
    'remove_from_event_queue',
  ],
  cascade: ['trigger_automation', 'attach_to_event_queue'],
};

const byType = new Map(
  Object.entries(classes).flatMap(([name, types]) => types.map(type => [type, name as ActionClass] as const)),
);

/** Every type that a page names. */
export const actionTypes: readonly string[] = [...byType.keys()];

export const actionClass = (type: string | undefined): ActionClass =>
  type === undefined
    ? 'unknown'
    : (byType.get(type) ?? (/^(?:xero|zapier|calcom)_/.test(type) ? 'external' : 'unknown'));

/** Calls are billed by the minute, under a feature of their own (trustpager.md section 9). */
export const isCall = (type: string | undefined): boolean =>
  type === 'voice_outbound_call' || type === 'trigger_voice_call';
