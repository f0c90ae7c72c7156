import type { Construct } from 'constructs';
import { refuseChartLabels } from '../rules/chart-labels';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineRun, type PipelineRunOptions } from '../tekton/pipeline-run';
import { PARAMS, requireParam } from './param-rules';

/**
 * What a run of a Pipeline of this library is made with. It is in the Pipeline's namespace; labels reach the pods of tasks,
 * where a Service's selector could match them.
 */
export interface NewRunProps extends PipelineRunOptions {
  /**
   * Branch, tag or commit. Only for Pipelines that have this param.
   * @default - the source's
   */
  readonly revision?: string;
}

/** Makes a run, with what the steps would refuse refused at once. @internal */
export function newRun(scope: Construct, id: string, pipeline: Pipeline, props: NewRunProps): PipelineRun {
  const { revision, params = {}, metadata, ...rest } = props;
  const path = `${scope.node.path}/${id}`;
  refuseChartLabels(scope, id);
  if (revision !== undefined && params.revision !== undefined) {
    refuse(path, 'revision', revision, `none beside param revision, which is ${params.revision}`, 'remove one of them');
  }
  const values: { readonly [name: string]: any } = { ...params, ...(revision !== undefined && { revision }) };
  for (const param of ['repository', 'revision', 'image'] as const) {
    if (values[param] !== undefined) {
      requireParam(path, param, values[param], PARAMS.build[param]);
    }
  }
  return new PipelineRun(scope, id, {
    ...rest,
    pipeline,
    params: values,
    metadata: { namespace: pipeline.apiObject.metadata.namespace, ...metadata },
  });
}
