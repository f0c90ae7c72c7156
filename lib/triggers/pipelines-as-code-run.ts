import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { PipelineRunSpec } from '../../imports/tekton.dev';
import { refuse, requireInteger } from '../rules/values';
import { PipelineRun, type PipelineRunProps } from '../tekton/pipeline-run';
import { Resolver } from '../tekton/resolver';
import { pathOf } from '../tekton/tekton-object';
import { requireBranches } from './cel';

/** What a run for Pipelines-as-Code is made with. */
export interface PipelinesAsCodeRunProps {
  /**
   * The run that a push starts: `{ pipeline: canary.pipeline }`. Its Pipeline has params `repository` and `revision`, whose
   * values come from the event. A `repository` that is given here stays.
   */
  readonly run: PipelineRunProps;
  /** Branches whose pushes count. */
  readonly branches: string[];
  /**
   * How many runs are kept; older ones are deleted.
   * @default - Pipelines-as-Code's default
   */
  readonly maxKeepRuns?: number;
}

const GROUP = 'pipelinesascode.tekton.dev';

/**
 * A run for Pipelines-as-Code, which starts it for each push: put the file that `cdk8s synth` writes of its chart into the
 * folder `.tekton` of the application's repository, and leave the run out of what you apply.
 *
 * The Pipeline stays in the cluster: Pipelines-as-Code looks for one that is named plainly in `.tekton` only, so the
 * run asks Tekton's cluster resolver for it. (`pkg/resolve/remote.go` of openshift-pipelines/pipelines-as-code.)
 */
export class PipelinesAsCodeRun extends PipelineRun {
  public constructor(scope: Construct, id: string, props: PipelinesAsCodeRunProps) {
    const path = pathOf(scope, id);
    const { run, branches, maxKeepRuns } = props;
    if (run.params?.revision !== undefined) {
      refuse(
        path,
        'param revision',
        run.params.revision,
        'none, because the event has it',
        'remove it from params of run',
      );
    }
    const namespace = run.metadata?.namespace ?? Chart.of(scope).namespace;
    if (!namespace) {
      const fix = "new Chart(app, 'name', { namespace: 'namespace' })";
      refuse(path, 'the namespace', namespace, 'that of the Pipeline, because the run names it', fix);
    }
    super(scope, id, {
      ...run,
      params: { repository: '{{ repo_url }}', ...run.params, revision: '{{ revision }}' },
      metadata: {
        ...run.metadata,
        annotations: {
          ...run.metadata?.annotations,
          [`${GROUP}/on-event`]: '[push]',
          [`${GROUP}/on-target-branch`]: `[${requireBranches(path, branches).join(', ')}]`,
          [`${GROUP}/target-namespace`]: namespace,
          ...(maxKeepRuns !== undefined && {
            [`${GROUP}/max-keep-runs`]: String(requireInteger(path, 'maxKeepRuns', maxKeepRuns, 1, 1_000_000)),
          }),
        },
      },
    });
  }

  /** @internal */
  protected override _render(): PipelineRunSpec {
    const spec = super._render();
    const { name } = spec.pipelineRef ?? {};
    const namespace = this._namespace;
    return name && namespace
      ? { ...spec, pipelineRef: Resolver.cluster({ name, namespace })._render('pipeline') }
      : spec;
  }
}
