import { pipelineDuplicateName, taskDuplicateName } from './duplicate-name';
import { finallyReference } from './finally-reference';
import { matrixResult } from './matrix-result';
import type { PipelineModel, PipelineRunModel, Rule, TaskModel } from './model';
import { mountPath } from './mount-path';
import { pipelineParamBinding, runParamBinding } from './param-binding';
import { runTimeouts } from './run-timeouts';
import { scriptVariable } from './script-variable';
import { stepCommand } from './step-command';
import { stepResult } from './step-result';
import { taskCycle } from './task-cycle';
import { runNamespace, taskNamespace } from './task-namespace';
import { taskRunSpecs } from './task-run-specs';
import { taskUndefinedReference } from './undefined-reference';
import { pipelineUndefinedReference, runUndefinedReference } from './undefined-reference-pipeline';
import { pipelineVariableType, taskVariableType } from './variable-type';
import { pipelineWorkspaceBinding, runWorkspaceBinding } from './workspace-binding';
import { workspaceClaim } from './workspace-claim';

/** What is checked; a new rule is a file and a line here. */
export const taskRules: readonly Rule<TaskModel>[] = [
  taskDuplicateName,
  taskUndefinedReference,
  taskVariableType,
  stepResult,
  scriptVariable,
  stepCommand,
  mountPath,
];

export const pipelineRules: readonly Rule<PipelineModel>[] = [
  pipelineDuplicateName,
  pipelineUndefinedReference,
  pipelineVariableType,
  pipelineParamBinding,
  pipelineWorkspaceBinding,
  finallyReference,
  matrixResult,
  taskNamespace,
  taskCycle,
];

export const pipelineRunRules: readonly Rule<PipelineRunModel>[] = [
  runUndefinedReference,
  runParamBinding,
  runWorkspaceBinding,
  workspaceClaim,
  runNamespace,
  runTimeouts,
  taskRunSpecs,
];
