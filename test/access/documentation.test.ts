import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiCall,
  DeployApplicationTask,
  DeployTask,
  ExperimentTask,
  HousekeepingTask,
  LoadTask,
  NotifyTask,
  OverrideTask,
  PreviousTask,
  WaitTask,
} from '../../lib';

const rows = readFileSync(join(__dirname, '../../docs/operation.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test.each<[string, ApiCall[]]>([
  ['experiment', ExperimentTask.API_CALLS],
  ['deploy', DeployTask.API_CALLS],
  ['deploy-application', DeployApplicationTask.API_CALLS],
  ['load', LoadTask.API_CALLS],
  ['wait, finish', WaitTask.API_CALLS],
  ['notify', NotifyTask.OWN_API_CALLS],
  ['override', OverrideTask.API_CALLS],
  ['previous', PreviousTask.API_CALLS],
  ['housekeeping', HousekeepingTask.API_CALLS],
])('docs/operation.md says what %s may do', (task, calls) => {
  const written = calls.map(({ resources, verbs }) => `${resources.join(', ')} ${verbs.join(', ')}`).join('; ');
  expect(rows.find(([, first]) => first === task)?.[2]).toBe(written);
});
