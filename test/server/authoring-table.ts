// The tools of the toolset `authoring`, and cancelling: what each is called with, says, and sends.
import {
  TRUSTPAGER_ACTIONS as ACTION,
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_TRIGGERS as TRIGGER,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
} from '../../src/sandbox/index.ts';
import { inRewards } from './twin.ts';

const scrip = (automation: string, rest = ''): string => `/scrip/v1${inRewards(automation)}${rest}`;
const at = (path: string): string => `/trustpager/functions/v1/api/v1/automations${path}`;

export const authoring = {
  scrip_list_subscriptions: {
    args: { automation_id: SCRIP.birthdayTreat, limit: 3 },
    says: ['3 subscriptions', 'active', 'next'],
    holds: { subscriptions: [{ status: 'active' }, { status: 'active' }, { status: 'active' }] },
  },
  scrip_refresh_subscriptions: {
    args: { automation_id: SCRIP.hundredPoints },
    asks: true,
    says: ['Accepted', 'scrip_list_subscriptions'],
    sends: { method: 'POST', path: scrip(SCRIP.hundredPoints, '/refresh-subscriptions') },
  },
  scrip_cancel_run: {
    // Fired just before, by the table's own trigger.
    args: { automation_id: SCRIP.apologyCredit },
    says: ['Cancelled', 'active, failed'],
    holds: { automation_id: SCRIP.apologyCredit, execution_status: 'failed' },
    sends: { method: 'POST', path: scrip(SCRIP.apologyCredit, '/cancel') },
  },
  scrip_archive_automation: {
    args: { automation_id: SCRIP.ledgerReport },
    asks: true,
    says: ['Archived'],
    holds: { automation_id: SCRIP.ledgerReport, status: 'archived' },
    sends: { method: 'DELETE', path: scrip(SCRIP.ledgerReport) },
  },
  trustpager_describe_actions: { args: { action_type: 'send_sms' }, says: ['send_sms', 'message_body'] },
  trustpager_describe_triggers: { says: ['form_completed', 'stage_changed'] },
  trustpager_add_trigger: {
    args: { automation_id: TRUSTPAGER.reviewRequest, trigger_type: 'checkout_completed' },
    asks: true,
    says: ['Added the trigger'],
    holds: { automation_id: TRUSTPAGER.reviewRequest },
    sends: {
      method: 'POST',
      path: at(`/${TRUSTPAGER.reviewRequest}/triggers`),
      body: { trigger_type: 'checkout_completed' },
    },
  },
  trustpager_update_trigger: {
    args: { automation_id: TRUSTPAGER.callReminder, trigger_id: TRIGGER.booking, config: { service: 'bathroom' } },
    asks: true,
    says: ['Changed the trigger'],
    sends: {
      method: 'PATCH',
      path: at(`/${TRUSTPAGER.callReminder}/triggers/${TRIGGER.booking}`),
      body: { config: { service: 'bathroom' } },
    },
  },
  trustpager_delete_trigger: {
    args: { automation_id: TRUSTPAGER.bigJob, trigger_id: TRIGGER.dealCreated },
    asks: true,
    says: ['Deleted the trigger'],
    sends: { method: 'DELETE', path: at(`/${TRUSTPAGER.bigJob}/triggers/${TRIGGER.dealCreated}`) },
  },
  trustpager_add_action: {
    args: {
      automation_id: TRUSTPAGER.missedCall,
      action_type: 'apply_tags',
      sequence: 2,
      config: { tags: [{ name: 'called' }] },
    },
    says: ['Added the action'],
    sends: {
      method: 'POST',
      path: at(`/${TRUSTPAGER.missedCall}/actions`),
      body: { action_type: 'apply_tags', sequence: 2, config: { tags: [{ name: 'called' }] } },
    },
  },
  trustpager_update_action: {
    args: {
      automation_id: TRUSTPAGER.missedCall,
      action_id: ACTION.missedCallSms,
      config: { message_body: 'We will call you back.' },
    },
    says: ['Changed the action'],
    sends: {
      method: 'PATCH',
      path: at(`/${TRUSTPAGER.missedCall}/actions/${ACTION.missedCallSms}`),
      body: { config: { message_body: 'We will call you back.' } },
    },
  },
  trustpager_reorder_actions: {
    args: {
      automation_id: TRUSTPAGER.quoteFollowUp,
      action_ids: [ACTION.quoteSms, ACTION.quoteEmail, ACTION.quoteTask],
    },
    asks: true,
    says: ['Reordered'],
    sends: {
      method: 'POST',
      path: at(`/${TRUSTPAGER.quoteFollowUp}/actions/reorder`),
      body: { action_ids: [ACTION.quoteSms, ACTION.quoteEmail, ACTION.quoteTask] },
    },
  },
  trustpager_delete_action: {
    args: { automation_id: TRUSTPAGER.reviewRequest, action_id: ACTION.reviewTag },
    asks: true,
    says: ['Deleted the action'],
    sends: { method: 'DELETE', path: at(`/${TRUSTPAGER.reviewRequest}/actions/${ACTION.reviewTag}`) },
  },
  trustpager_delete_automation: {
    args: { automation_id: TRUSTPAGER.webEnquiry },
    asks: true,
    says: ['Deleted'],
    sends: { method: 'DELETE', path: at(`/${TRUSTPAGER.webEnquiry}`) },
  },
} as const;
