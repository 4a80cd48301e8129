// The catalogue: everything an agent can do, in reading order.
import type { Tool } from '../src/tool.ts';
import listConnections from './common/list-connections.ts';
import planCall from './common/plan-call.ts';
import watchRun from './common/watch-run.ts';
import scripArchiveAutomation from './scrip/archive-automation.ts';
import scripCancelRun from './scrip/cancel-run.ts';
import scripCreateAutomation from './scrip/create-automation.ts';
import scripGetAutomation from './scrip/get-automation.ts';
import scripListAutomations from './scrip/list-automations.ts';
import scripListRuns from './scrip/list-runs.ts';
import scripListSubscriptions from './scrip/list-subscriptions.ts';
import scripRefreshSubscriptions from './scrip/refresh-subscriptions.ts';
import scripTriggerAutomation from './scrip/trigger-automation.ts';
import scripUpdateAutomation from './scrip/update-automation.ts';
import trustpagerAddAction from './trustpager/add-action.ts';
import trustpagerAddTrigger from './trustpager/add-trigger.ts';
import trustpagerCreateAutomation from './trustpager/create-automation.ts';
import trustpagerDeleteAction from './trustpager/delete-action.ts';
import trustpagerDeleteAutomation from './trustpager/delete-automation.ts';
import trustpagerDeleteTrigger from './trustpager/delete-trigger.ts';
import trustpagerDescribeActions from './trustpager/describe-actions.ts';
import trustpagerDescribeTriggers from './trustpager/describe-triggers.ts';
import trustpagerDisableAutomation from './trustpager/disable-automation.ts';
import trustpagerEnableAutomation from './trustpager/enable-automation.ts';
import trustpagerExecuteAction from './trustpager/execute-action.ts';
import trustpagerGetAutomation from './trustpager/get-automation.ts';
import trustpagerGetRun from './trustpager/get-run.ts';
import trustpagerListAutomations from './trustpager/list-automations.ts';
import trustpagerListRuns from './trustpager/list-runs.ts';
import trustpagerReorderActions from './trustpager/reorder-actions.ts';
import trustpagerTriggerAutomation from './trustpager/trigger-automation.ts';
import trustpagerUpdateAction from './trustpager/update-action.ts';
import trustpagerUpdateAutomation from './trustpager/update-automation.ts';
import trustpagerUpdateTrigger from './trustpager/update-trigger.ts';

export const catalogue: readonly Tool[] = [
  listConnections,
  planCall,
  watchRun,
  scripListAutomations,
  scripGetAutomation,
  scripCreateAutomation,
  scripUpdateAutomation,
  scripTriggerAutomation,
  scripListRuns,
  scripCancelRun,
  scripArchiveAutomation,
  scripRefreshSubscriptions,
  scripListSubscriptions,
  trustpagerListAutomations,
  trustpagerGetAutomation,
  trustpagerCreateAutomation,
  trustpagerUpdateAutomation,
  trustpagerEnableAutomation,
  trustpagerDisableAutomation,
  trustpagerTriggerAutomation,
  trustpagerExecuteAction,
  trustpagerListRuns,
  trustpagerGetRun,
  trustpagerAddTrigger,
  trustpagerUpdateTrigger,
  trustpagerDeleteTrigger,
  trustpagerAddAction,
  trustpagerUpdateAction,
  trustpagerDeleteAction,
  trustpagerReorderActions,
  trustpagerDeleteAutomation,
  trustpagerDescribeActions,
  trustpagerDescribeTriggers,
];
