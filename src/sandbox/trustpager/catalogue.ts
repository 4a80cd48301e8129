// The action types, trigger types and prices the TrustPager twin knows (trustpager.md 5.4, 5.5, 9).
import type { JsonObject } from '../json.ts';

export type Channel = 'email' | 'phone' | null;

export interface ActionType {
  action_type: string;
  label: string;
  category: 'communication' | 'external' | 'internal' | 'automation' | 'crm';
  /** What a contact must have for the action to reach them. */
  channel: Channel;
  config: JsonObject;
  /** Credits one use costs; unpriced ones are charged without standing in the price list. */
  credits: number;
  /** The key of its row in the price list; null when it has none. */
  feature_key: string | null;
  warning?: string;
}

const send = (
  action_type: string,
  label: string,
  channel: Channel,
  credits: number,
  config: JsonObject,
): ActionType => ({
  action_type,
  label,
  category: 'communication',
  channel,
  credits,
  config,
  feature_key: action_type,
  warning: 'Reaches a real person and costs credits.',
});
const other = (
  category: ActionType['category'],
  action_type: string,
  label: string,
  config: JsonObject = {},
  credits = 0,
): ActionType => ({
  action_type,
  label,
  category,
  channel: null,
  credits,
  config,
  feature_key: null,
});

/** Every call lasts a minute and a half and is billed as two. silent: the rate, and how minutes are rounded. */
export const CALL_SECONDS = 95;

export const ACTION_TYPES: readonly ActionType[] = [
  send('send_custom_email', 'Send a designed e-mail', 'email', 2, {
    greeting: 'string',
    customMessage: 'string',
    showReplyButton: 'boolean?',
    recipient_target: 'string?',
    replyEmail: 'string?',
  }),
  send('send_gmail_email', 'Send an e-mail from a mailbox', 'email', 2, {
    subject: 'string',
    body: 'string',
    recipient_target: 'contact|account_customer|account_supplier',
    sender_mode: 'company|assignee?',
    email_config_id: 'uuid?',
    attachment_ids: 'uuid[]?',
  }),
  send('send_sms', 'Send a text message', 'phone', 12, { phone_number_id: 'uuid', message_body: 'string' }),
  send('send_whatsapp', 'Send a WhatsApp message', 'phone', 9, { message_body: 'string' }),
  {
    ...send('voice_outbound_call', 'Call with a voice agent', 'phone', 120, {
      voice_agent_outbound_config_id: 'uuid',
      recipient_target: 'string?',
      variable_mappings: 'object?',
      respect_business_hours: 'boolean?',
    }),
    feature_key: 'voice_agent_minute',
  },
  send('send_form', 'Send a form', 'email', 3, { form_template_id: 'uuid' }),
  send('send_document', 'Send a document', 'email', 3, { document_template_id: 'uuid' }),
  send('send_for_signing', 'Send for signing', 'email', 10, { signature_template_id: 'uuid' }),
  send('send_marketing_email', 'Send a marketing e-mail', 'email', 4, { template_id: 'uuid' }),
  send('request_review', 'Ask for a review', 'email', 5, { platform: 'string?' }),
  // The list is open (trustpager.md 5.5): a type that no public page names, and that the price list leaves out.
  { ...send('send_postcard', 'Send a printed postcard', 'email', 25, { template_id: 'uuid' }), feature_key: null },
  other('external', 'call_webhook', 'Call a webhook', { url: 'string', method: 'string?' }, 1),
  other('external', 'facebook_conversion', 'Report a conversion', {}, 1),
  other('external', 'xero_create_contact', 'Create a Xero contact'),
  other('external', 'xero_create_invoice', 'Create a Xero invoice'),
  other('external', 'activecampaign', 'Sync to ActiveCampaign'),
  other('external', 'portant', 'Generate a Portant document', {}, 6),
  other('internal', 'slack_send_message', 'Post to Slack', { channel: 'string', message: 'string' }),
  other('internal', 'notify_assigned_staff', 'Notify the assigned staff', { message: 'string' }),
  other('automation', 'trigger_automation', 'Trigger another automation', { automation_id: 'uuid' }),
  other('automation', 'attach_to_event_queue', 'Start a timed sequence', { queue_id: 'uuid' }),
  other('automation', 'remove_from_event_queue', 'Stop a timed sequence', { queue_id: 'uuid' }),
  other('crm', 'create_lead', 'Create a lead', { pipeline_id: 'uuid', stage_id: 'uuid' }),
  other('crm', 'create_opportunity', 'Create an opportunity', { pipeline_id: 'uuid', stage_id: 'uuid' }),
  other('crm', 'move_deal', 'Move a deal', { pipeline_id: 'uuid', stage_id: 'uuid' }),
  other('crm', 'apply_tags', 'Apply tags', { tags: '[{name, color?}]' }),
  other('crm', 'remove_tags', 'Remove tags', { tags: '[{name}]' }),
  other('crm', 'assign_user', 'Assign a user', { user_id: 'uuid' }),
  other('crm', 'set_custom_field', 'Set a field', { writes: '[{target_entity, crm_variable, value, mode?}]' }),
  other('crm', 'add_tasks', 'Add tasks', { tasks: '[{title, category?, due_offset_days?}]' }),
  other('crm', 'create_referral', 'Create a referral'),
  other('crm', 'update_next_action', 'Update the next action'),
];

/** Older and other names for the same types (trustpager.md 5.5, C5, C9). */
const ALIASES: Record<string, string> = {
  trigger_voice_call: 'voice_outbound_call',
  send_email: 'send_custom_email',
  assign_deal_user: 'assign_user',
  set_deal_owner: 'assign_user',
  set_crm_field: 'set_custom_field',
};

export function actionType(name: string): ActionType | undefined {
  const canonical = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return ACTION_TYPES.find(type => type.action_type === canonical);
}

export function describeAction(type: ActionType) {
  return {
    action_type: type.action_type,
    label: type.label,
    category: type.category,
    config_schema: type.config,
    example: { action_type: type.action_type, sequence: 1, config: {} },
    warnings: type.warning ? [type.warning] : [],
    related: ACTION_TYPES.filter(row => row.category === type.category && row !== type).map(row => row.action_type),
  };
}

// silent: the JSON of the price list and most amounts; the columns are documented (trustpager.md 9).
export function priceList() {
  const rows = ACTION_TYPES.filter(type => type.feature_key !== null).map(type => ({
    feature_key: type.feature_key,
    credits_per_use: type.credits,
    category: type.feature_key === 'voice_agent_minute' ? 'voice' : 'communication',
    description: type.feature_key === 'voice_agent_minute' ? 'Outbound voice agent, per minute' : type.label,
  }));
  return [
    ...rows,
    { feature_key: 'api_write', credits_per_use: WRITE_CREDITS, category: 'api', description: 'API write operation' },
  ];
}

/** C8: reads are free and writes billed in the newer text; two a write is the older text's number. */
export const WRITE_CREDITS = 2;

interface TriggerType {
  trigger_type: string;
  source_type: string;
  sample: JsonObject;
}

const types = (source_type: string, names: string, sample: JsonObject): TriggerType[] =>
  names.split(' ').map(trigger_type => ({ trigger_type, source_type, sample }));

export const TRIGGER_TYPES: readonly TriggerType[] = [
  ...types('any', 'stage_changed', { deal_id: 'uuid', from_stage_id: 'uuid', to_stage_id: 'uuid' }),
  ...types('form_template', 'form_completed form_sent', { form_id: 'uuid', contact_id: 'uuid' }),
  ...types('voice_agent', 'call_analyzed call_voicemail call_real_conversation', {
    call_id: 'uuid',
    contact_id: 'uuid',
  }),
  ...types('sms', 'sms_received', { contact_id: 'uuid', message: 'Hello' }),
  ...types('email', 'email_received email_bounced', { contact_id: 'uuid', subject: 'Quote' }),
  ...types('any', 'contact_created contact_updated', { contact_id: 'uuid' }),
  ...types('any', 'customer_created customer_updated', { customer_id: 'uuid' }),
  ...types('any', 'deal_created deal_updated checkout_completed invoice_paid referral_attributed', {
    deal_id: 'uuid',
    contact_id: 'uuid',
  }),
  ...types('webhook', 'webhook_received generic_webhook zapier typeform n8n', { body: {} }),
  ...types('platform_integration', 'booking_created booking_cancelled booking_rescheduled', {
    booking_id: 'uuid',
    contact_id: 'uuid',
  }),
  ...types('platform_integration', 'facebook_lead_ad', {
    page_id: '1',
    form_id: '2',
    first_name: 'Jane',
    last_name: 'Citizen',
    email: 'jane@example.test',
    phone: '+61400000000',
  }),
  ...types(
    'platform_integration',
    'xero_contact_created xero_contact_updated xero_invoice_created xero_invoice_updated xero_invoice_paid',
    { contact_id: 'uuid', invoice_id: 'uuid' },
  ),
  ...types('platform_integration', 'calcom_booking_created_or_rescheduled zoom_meeting_ended', { contact_id: 'uuid' }),
  ...types('document_template', 'document_sent', { document_id: 'uuid', contact_id: 'uuid' }),
  ...types('signature_template', 'signature_sent signature_completed signature_declined', {
    document_id: 'uuid',
    contact_id: 'uuid',
  }),
  ...types('any', 'trustpager_signup scheduled api manual event_queue_step auto_queue', {}),
];

/** The list is open: every xero_, zoom_ and calcom_ name is one (trustpager.md 5.4). */
export function isTriggerType(name: string): boolean {
  return TRIGGER_TYPES.some(type => type.trigger_type === name) || /^(xero|zoom|calcom)_[a-z_]+$/.test(name);
}

export function defaultSource(triggerType: string): string {
  return TRIGGER_TYPES.find(type => type.trigger_type === triggerType)?.source_type ?? 'platform_integration';
}

const VARIABLES = [
  'contact.first_name',
  'contact.last_name',
  'contact.email',
  'contact.phone',
  'deal.name',
  'deal.value',
  'customer.name',
  'today',
  'now',
];

export function describeTrigger({ trigger_type, sample }: TriggerType) {
  return {
    trigger_type,
    label: trigger_type.replaceAll('_', ' '),
    description: `Fires on ${trigger_type.replaceAll('_', ' ')}`,
    sample_trigger_data: sample,
    available_variables: [...VARIABLES, ...Object.keys(sample).map(key => `trigger.${key}`)],
  };
}

export const ENRICHED_VARIABLES = {
  'contact.*': 'The contact the trigger is about',
  'deal.*': 'The deal the trigger is about',
  'customer.*': "The contact's company",
  today: 'The date',
  now: 'The time',
};
