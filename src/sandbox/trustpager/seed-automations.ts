// The seeded automations of the plumbing business, with their triggers and actions.
import type { JsonObject } from '../json.ts';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_TRIGGERS as TRG,
  TRUSTPAGER_STAGES,
  uuidOf,
} from '../seed.ts';
import { defaultSource } from './catalogue.ts';
import type { Automation, TrustPagerState, Workspace } from './state.ts';

const DAY = 86_400_000;
const PHONE = uuidOf('trustpager phone number');

export function addAutomations(state: TrustPagerState, workspace: Workspace): void {
  const now = state.clock.now();
  let daysAgo = 120;
  const automation = (
    id: string,
    name: string,
    trigger_type: string,
    description: string,
    rest: Partial<Automation> = {},
  ) => {
    const order = state.made++;
    daysAgo -= 10;
    workspace.automations.set(id, {
      order,
      id,
      name,
      description,
      trigger_type,
      stage_id: null,
      conditions: null,
      enabled: true,
      priority: 10,
      dedup_enabled: false,
      dedup_window_minutes: null,
      max_executions_per_day: null,
      created_at: now - daysAgo * DAY,
      ...rest,
    });
    const createdAt = now - daysAgo * DAY;
    return {
      on(triggerId: string, type: string, source_id: string | null = null) {
        workspace.triggers.set(triggerId, {
          order: state.made++,
          id: triggerId,
          automation_id: id,
          trigger_type: type,
          source_type: defaultSource(type),
          source_id,
          config: {},
          created_at: createdAt,
        });
        return this;
      },
      act(actionId: string, sequence: number, action_type: string, config: JsonObject) {
        workspace.actions.set(actionId, {
          order: state.made++,
          id: actionId,
          automation_id: id,
          action_type,
          sequence,
          config,
          created_at: createdAt,
        });
        return this;
      },
    };
  };

  automation(ID.welcomeSms, 'Welcome SMS to new leads', 'contact_created', 'Says hello within a minute', {
    priority: 1,
  })
    .on(TRG.contactCreated, 'contact_created')
    .act(ACT.welcomeSms, 1, 'send_sms', {
      phone_number_id: PHONE,
      message_body: 'Hi {{contact.first_name}}, thanks for contacting {{company.name}}. We will call you today.',
    });
  // Its actions were not added in their order: a reader has to sort by sequence.
  automation(ID.quoteFollowUp, 'Quote follow-up', 'stage_changed', 'E-mail, text and a task after a quote goes out', {
    stage_id: TRUSTPAGER_STAGES.quoteSent,
  })
    .act(ACT.quoteSms, 2, 'send_sms', {
      phone_number_id: PHONE,
      message_body: 'Hi {{contact.first_name}}, any questions about {{deal.name}}?',
    })
    .act(ACT.quoteEmail, 1, 'send_gmail_email', {
      subject: 'Your quote: {{deal.name}}',
      body: 'Hello {{contact.first_name}}, your quote comes to {{deal.value}} dollars.',
      recipient_target: 'contact',
    })
    .act(ACT.quoteTask, 3, 'add_tasks', {
      tasks: [{ title: 'Ring {{contact.first_name}} about {{deal.name}}', due_offset_days: 2 }],
    });
  automation(ID.missedCall, 'Missed-call text back', 'call_voicemail', 'A text to whoever reached the voicemail', {
    dedup_enabled: true,
    dedup_window_minutes: 30,
  })
    .on(TRG.voicemail, 'call_voicemail')
    .act(ACT.missedCallSms, 1, 'send_sms', {
      phone_number_id: PHONE,
      message_body: 'Sorry we missed you, {{contact.first_name}}. How can we help?',
    });
  automation(
    ID.reviewRequest,
    'Review request after payment',
    'invoice_paid',
    'Asks for a review once the invoice is paid',
  )
    .on(TRG.invoicePaid, 'invoice_paid')
    .act(ACT.reviewRequest, 1, 'request_review', { platform: 'google' })
    .act(ACT.reviewTag, 2, 'apply_tags', { tags: [{ name: 'review-asked' }] });
  automation(ID.callReminder, 'Booking reminder call', 'booking_created', 'A voice agent confirms the booking')
    .on(TRG.booking, 'booking_created')
    .act(ACT.reminderCall, 1, 'voice_outbound_call', {
      voice_agent_outbound_config_id: uuidOf('trustpager voice agent config'),
      recipient_target: 'contact',
    });
  automation(
    ID.winterNewsletter,
    'Winter newsletter (draft)',
    'manual',
    'Not finished: burst pipes and how to avoid them',
    { enabled: false },
  )
    .act(ACT.newsletterEmail, 1, 'send_marketing_email', { template_id: uuidOf('trustpager newsletter template') })
    .act(ACT.newsletterPostcard, 2, 'send_postcard', { template_id: uuidOf('trustpager postcard template') });
  automation(ID.webEnquiry, 'Website enquiry', 'form_completed', 'Tags the lead, then hands over to the welcome SMS')
    .on(TRG.webForm, 'form_completed')
    .act(ACT.enquiryTag, 1, 'apply_tags', { tags: [{ name: 'website' }] })
    .act(ACT.enquiryCascade, 2, 'trigger_automation', { automation_id: ID.welcomeSms });
  automation(ID.bigJob, 'Big residential job', 'deal_created', 'Tells the team and writes to the customer', {
    conditions: { 'deal.value': { gte: 5000 }, tags: { contains: 'residential' } },
  })
    .on(TRG.dealCreated, 'deal_created')
    .act(ACT.bigJobSlack, 1, 'slack_send_message', { channel: '#jobs', message: '{{deal.name}}: {{deal.value}}' })
    .act(ACT.bigJobEmail, 2, 'send_custom_email', {
      greeting: 'Dear {{contact.first_name}}',
      customMessage: 'Thank you for trusting us with {{deal.name}}.',
    });
  automation(
    ID.jobHandover,
    'Job handover',
    'xero_invoice_paid',
    'Tells the scheduling system and makes the warranty document',
    { max_executions_per_day: 20 },
  )
    .on(TRG.xeroPaid, 'xero_invoice_paid')
    .act(ACT.handoverWebhook, 1, 'call_webhook', { url: 'https://hooks.brightwater.test/handover', method: 'POST' })
    .act(ACT.handoverDocument, 2, 'portant', { document: 'Warranty for {{deal.name}}' });
}
