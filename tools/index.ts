// The catalogue: everything an agent can do, in reading order.
import type { Tool } from '../src/tool.ts';
import listConnections from './common/list-connections.ts';
import planCall from './common/plan-call.ts';
import watchRun from './common/watch-run.ts';
import scripCreateAutomation from './scrip/create-automation.ts';
import scripGetAutomation from './scrip/get-automation.ts';
import scripListAutomations from './scrip/list-automations.ts';
import scripListRuns from './scrip/list-runs.ts';
import scripTriggerAutomation from './scrip/trigger-automation.ts';
import scripUpdateAutomation from './scrip/update-automation.ts';
import trustpagerCreateAutomation from './trustpager/create-automation.ts';
import trustpagerDisableAutomation from './trustpager/disable-automation.ts';
import trustpagerEnableAutomation from './trustpager/enable-automation.ts';
import trustpagerExecuteAction from './trustpager/execute-action.ts';
import trustpagerGetAutomation from './trustpager/get-automation.ts';
import trustpagerGetRun from './trustpager/get-run.ts';
import trustpagerListAutomations from './trustpager/list-automations.ts';
import trustpagerListRuns from './trustpager/list-runs.ts';
import trustpagerTriggerAutomation from './trustpager/trigger-automation.ts';
import trustpagerUpdateAutomation from './trustpager/update-automation.ts';

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
];
