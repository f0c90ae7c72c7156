import type { Construct } from 'constructs';
import { refuseChartLabels } from '../rules/chart-labels';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { ResultType } from '../tekton/result';
import { type ITask, Task } from '../tekton/task';
import { Volume } from '../tekton/volume';
import type { Builder } from './builder';
import { Images } from './images';
import { Kaniko } from './kaniko';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps } from './pipeline-task-inputs';
import { CREDENTIALS, OUTSIDE_MESH, RESTRICTED, script, WRITABLE } from './script';

/** What the BuildTask is made with. */
export interface BuildTaskProps {
  /**
   * What builds the image.
   * @default new Kaniko()
   */
  readonly builder?: Builder;
  /**
   * The images that the steps run.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * Name of the Task.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** What is built in a repository. */
export interface BuildOptions {
  /**
   * Folder of the repository that is the context of the build.
   * @default .
   */
  readonly context?: string;
  /**
   * The Dockerfile, in the context.
   * @default Dockerfile
   */
  readonly dockerfile?: string;
  /**
   * Build args, each on one line. They are no place for secrets: they can be read in the Pipeline, and in the image.
   * @default - none
   */
  readonly buildArgs?: { readonly [name: string]: string };
}

/** What a use of the BuildTask is given. Strings may be variables. */
export interface BuildInputs extends PipelineTaskInputs, BuildOptions {
  /** URL of the Git repository. */
  readonly repository: string;
  /** Name of the image, without tag and digest: `registry.example.com/team/service`. The tag is the commit. */
  readonly image: string;
  /**
   * Branch, tag or commit.
   * @default - the head of the default branch
   */
  readonly revision?: string;
}

/** The BuildTask in use in a Pipeline. */
export class BuildPipelineTask extends PipelineTask {
  /** Uses the BuildTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: BuildInputs) {
    const name = inputs.name ?? 'build';
    const path = `${pipeline.node.path}/${name}`;
    super(pipeline, name, task, {
      params: requireParams(path, 'build', {
        repository: inputs.repository,
        revision: inputs.revision ?? '',
        image: inputs.image,
        context: inputs.context ?? '.',
        dockerfile: inputs.dockerfile ?? 'Dockerfile',
        'build-args': buildArgs(path, inputs.buildArgs ?? {}),
      }),
      ...useProps(path, inputs, 1800),
    });
  }

  /** The image by its digest: `registry.example.com/team/service@sha256:…`. */
  public get image(): string {
    return `${this.result('IMAGE_URL')}@${this.result('IMAGE_DIGEST')}`;
  }

  /** The commit that was built. */
  public get commit(): string {
    return this.result('commit');
  }

  /** The first seven characters of the commit. */
  public get shortCommit(): string {
    return this.result('short-commit');
  }
}

/** In the order of the names: the same args give the same layers. */
function buildArgs(path: string, args: { readonly [name: string]: string }): string[] {
  return Object.keys(args)
    .sort()
    .map((name) => {
      if (typeof args[name] !== 'string') {
        refuse(path, `buildArgs ${name}`, args[name], 'a text', `give ${name} a text, or leave it out`);
      }
      return `${name}=${args[name]}`;
    });
}

const WORK = '/work';

/**
 * Clones a repository, builds an image of it and pushes that.
 *
 * Results: `commit`, `short-commit`, `IMAGE_URL` and `IMAGE_DIGEST`, the names by which Tekton Chains finds images to
 * sign. It makes no calls of the Kubernetes API.
 */
export class BuildTask extends Task {
  public constructor(scope: Construct, id: string, props: BuildTaskProps = {}) {
    refuseChartLabels(scope, id);
    super(scope, id, {
      description: 'Clones a Git repository at a revision, builds its image and pushes it.',
      metadata: { name: props.name ?? id, labels: OUTSIDE_MESH },
    });
    const { images = Images.of(), builder = new Kaniko() } = props;
    const repository = this.addParam('repository', { description: 'URL of the Git repository' });
    const revision = this.addParam('revision', {
      description: 'Branch, tag or commit; the head of the default branch where empty',
      defaultValue: '',
    });
    const image = this.addParam('image', { description: 'Name of the image, without tag and digest' });
    const context = this.addParam('context', {
      description: 'Folder of the repository that is the context of the build',
      defaultValue: '.',
    });
    const dockerfile = this.addParam('dockerfile', {
      description: 'The Dockerfile, in the context',
      defaultValue: 'Dockerfile',
    });
    const buildArgs = this.addArrayParam('build-args', { description: 'Build args, as NAME=VALUE', defaultValue: [] });
    const commit = this.addResult('commit', { description: 'The commit that was built' });
    const shortCommit = this.addResult('short-commit', { description: 'Its first seven characters' });
    const url = this.addResult('IMAGE_URL', { description: 'Name of the image' });
    const digest = this.addResult('IMAGE_DIGEST', { description: 'Digest of the image' });

    this.addVolume(Volume.emptyDir('work'));
    const clone = this.addStep('clone', {
      image: images.git,
      script: script('clone.sh'),
      args: [buildArgs.ref],
      env: {
        ...WRITABLE,
        ...CREDENTIALS,
        REPOSITORY: repository.ref,
        REVISION: revision.ref,
        IMAGE: image.ref,
        CONTEXT: context.ref,
        DOCKERFILE: dockerfile.ref,
        SOURCE: `${WORK}/source`,
        RESULT_COMMIT: commit.path,
        RESULT_SHORT_COMMIT: shortCommit.path,
        RESULT_IMAGE_URL: url.path,
        RESULT_IMAGE_DIGEST: digest.path,
        STEP_RESULT_BUILD_ARGS: '$(step.results.build-args.path)',
        STEP_RESULT_TAG: '$(step.results.tag.path)',
      },
      results: { 'build-args': ResultType.ARRAY, tag: ResultType.STRING },
      volumeMounts: [{ name: 'work', mountPath: WORK }],
      // A fixed user on OpenShift too: where the builder may be root, no user is given to the other steps of its pod.
      securityContext: RESTRICTED,
    });
    builder.addStep(this, {
      images,
      volume: 'work',
      mountPath: WORK,
      context: `${WORK}/source/${context.ref}`,
      dockerfile: `${WORK}/source/${context.ref}/${dockerfile.ref}`,
      destination: `${image.ref}:${clone.result('tag')}`,
      buildArgs: clone.result('build-args'),
      digestFile: digest.path,
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: BuildInputs): BuildPipelineTask {
    return new BuildPipelineTask(pipeline, this, inputs);
  }
}
