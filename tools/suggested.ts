// Words that a client may offer while somebody types; the vendor's lists are open, and longer.
import { actionTypes } from '../src/vendors/trustpager/actions.ts';

export const suggested = {
  /** Types of TrustPager's actions. */
  actions: [...actionTypes].sort(),
  /** What starts an automation: Scrip's kinds, and TrustPager's events (trustpager.md section 5.4). */
  triggers: {
    scrip: ['cron', 'one_time', 'immediate', 'participant_state'],
    trustpager: [
      'stage_changed',
      'form_completed',
      'form_sent',
      'call_analyzed',
      'call_voicemail',
      'call_real_conversation',
      'sms_received',
      'email_received',
      'email_bounced',
      'checkout_completed',
      'contact_created',
      'contact_updated',
      'customer_created',
      'customer_updated',
      'deal_created',
      'deal_updated',
      'webhook_received',
      'generic_webhook',
      'zapier',
      'typeform',
      'booking_created',
      'booking_cancelled',
      'booking_rescheduled',
      'document_sent',
      'signature_sent',
      'signature_completed',
      'signature_declined',
      'referral_attributed',
      'facebook_lead_ad',
      'xero_invoice_paid',
      'invoice_paid',
      'scheduled',
      'api',
      'manual',
    ],
  },
};
