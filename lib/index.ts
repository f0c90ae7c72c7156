export { ApiCall } from './access/api-call';
export * from './access/credentials-secret';
export * from './access/iter8-cluster-role';
export * from './access/task-service-account';
export { CountLimit, Criterion, CustomCriterion, LatencyLimit, RateLimit } from './iter8/criterion';
export * from './iter8/experiment';
export { ExperimentHost, ExperimentOptions } from './iter8/experiment-options';
export { Iter8Api } from './iter8/iter8-api';
export * from './iter8/strategy';
export * from './iter8-pipeline';
export * from './iter8-pipeline-props';
export * from './tasks/build-task';
export * from './tasks/builder';
export * from './tasks/cleanup';
export * from './tasks/concurrency';
export * from './tasks/deploy-application-task';
export * from './tasks/deploy-task';
export { ExperimentInputs, ExperimentPipelineTask, ExperimentTask } from './tasks/experiment-task';
export * from './tasks/git-source';
export * from './tasks/housekeeping-task';
export * from './tasks/images';
export * from './tasks/iter8-service-accounts';
export { Iter8Task, Iter8TaskProps } from './tasks/iter8-task';
export { Iter8Tasks, Iter8TasksProps } from './tasks/iter8-tasks';
export * from './tasks/kaniko';
export { ConstantRateProps, LoadProfile } from './tasks/load-profile';
export * from './tasks/load-start';
export * from './tasks/load-task';
export * from './tasks/manifests';
export { NewRunProps } from './tasks/new-run';
export * from './tasks/notification';
export * from './tasks/notify-task';
export * from './tasks/override';
export * from './tasks/override-pipeline';
export * from './tasks/override-task';
export { PipelineTaskInputs } from './tasks/pipeline-task-inputs';
export { Platform } from './tasks/platform';
export * from './tasks/previous-task';
export * from './tasks/rollout';
export * from './tasks/stop-signal';
export * from './tasks/verdict';
export * from './tasks/wait-task';
export { ComputeResources } from './tekton/compute-resources';
export { ContainerProps, StepTemplate } from './tekton/container';
export * from './tekton/context';
export { Matrix, MatrixInclude } from './tekton/matrix';
export {
  ArrayParam,
  ArrayParamProps,
  ObjectParam,
  ObjectParamProps,
  Param,
  ParamBase,
  ParamProps,
} from './tekton/param';
export * from './tekton/pipeline';
export * from './tekton/pipeline-run';
export { PipelineTask, PipelineTaskProps } from './tekton/pipeline-task';
export * from './tekton/resolver';
export * from './tekton/result';
export { Capabilities, SeccompProfile, SecurityContext } from './tekton/security-context';
export * from './tekton/sidecar';
export * from './tekton/step';
export * from './tekton/task';
export { TaskRunMetadata, TaskRunSpec } from './tekton/task-run-spec';
export { TektonDefinition, TektonDefinitionProps } from './tekton/tekton-definition';
export { TektonObject, TektonObjectProps } from './tekton/tekton-object';
export { Volume, VolumeMount } from './tekton/volume';
export * from './tekton/when';
export * from './tekton/workspace';
export * from './tekton/workspace-binding';
export * from './triggers/exposure';
export * from './triggers/github-webhook';
export * from './triggers/gitlab-webhook';
export * from './triggers/json-webhook';
export * from './triggers/pipelines-as-code-run';
export { Webhook, WebhookProps } from './triggers/webhook';
export * from './undo-pipeline';
