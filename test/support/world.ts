import { App, Chart, Duration } from 'cdk8s';
import {
  type ApiCall,
  Criterion,
  DeployApplicationTask,
  GitSource,
  Iter8Api,
  Iter8Pipeline,
  type Iter8PipelineProps,
  LoadProfile,
  type Rollout,
  TaskServiceAccount,
} from '../../lib';
import { Generator } from './generator';
import { GitServer } from './git-server';
import { Iter8, type Iter8Version } from './iter8/controller';
import { Cluster } from './kubernetes/cluster';
import { Rbac } from './kubernetes/rbac';
import { type RunOptions, type RunOutcome, runPipeline } from './tekton/pipeline-runner';
import { type Shell, type TaskOutcome, TaskRunner } from './tekton/task-runner';
import { TaskRuns } from './tekton/task-runs';
import { deletedLive, traffic } from './traffic';

const NAMESPACE = 'team';
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** What Tekton says of a run one of whose tasks has failed while others still run. */
export const STOPPING = {
  status: 'Unknown',
  reason: 'Running',
  message: 'Tasks Completed: 3 (Failed: 1, Cancelled 0), Incomplete: 2, Skipped: 1',
};

/** What speaks to which controller. */
export const API = {
  v1alpha2: Iter8Api.V1ALPHA2,
  v1alpha1: Iter8Api.V1ALPHA1,
  'v1alpha1-v0.2': Iter8Api.V1ALPHA1_V0_2,
};

function deployment(name: string, labels: Record<string, string>): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'reviews', image: 'reviews' }] } },
    },
  };
}

/** What a test may say about its world. */
export interface WorldOptions {
  readonly version?: Iter8Version;
  /** What runs the scripts. */
  readonly shell?: Shell;
  readonly props?: Partial<Iter8PipelineProps>;
  /** Label `version` of the live Deployment `reviews-v1`; none where it is empty. */
  readonly live?: string | false;
  /** What else the tasks may do that apply and remove manifests. */
  readonly allow?: ApiCall;
}

/** All that a run needs, in this process: a cluster, iter8, a load generator, a Git server, and a pipeline for reviews. */
export class World {
  public readonly namespace = NAMESPACE;
  public readonly cluster: Cluster;
  public readonly iter8: Iter8;
  public readonly generator: Generator;
  public readonly git: GitServer;
  public readonly runner: TaskRunner;
  public readonly manifests: any[];
  public readonly rbac: Rbac;
  private runs = 0;

  private constructor(options: WorldOptions) {
    this.cluster = new Cluster();
    this.iter8 = new Iter8(this.cluster, options.version);
    this.generator = new Generator(this.cluster.clock);
    this.git = new GitServer(this.cluster.folder);
    const chart = new Chart(new App(), 'world', { namespace: NAMESPACE });
    const canary = new Iter8Pipeline(chart, 'reviews', {
      source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
      image: 'registry.example.com/bookinfo/reviews',
      service: 'reviews',
      criteria: [Criterion.errorRate({ below: 0.01 })],
      load: LoadProfile.constantRate({ host: 'reviews.example.com', perSecond: 20 }),
      interval: Duration.seconds(5),
      maxIterations: 3,
      maxIncrement: 40,
      readyDeadline: Duration.seconds(60),
      experimentDeadline: Duration.seconds(120),
      queueDeadline: Duration.seconds(600),
      api: API[options.version ?? 'v1alpha2'],
      ...options.props,
    });
    const application = new DeployApplicationTask(chart, 'deploy-application');
    const { name: applicationAccount } = new TaskServiceAccount(chart, 'reviews-deploy-application', {
      apiCalls: DeployApplicationTask.API_CALLS,
    });
    const overrides = (['rollback', 'rollforward', 'pause', 'resume'] as const).map((action) => canary[action]());
    const { deployTask, experimentTask, waitTask } = canary.serviceAccounts;
    for (const account of options.allow ? [deployTask, experimentTask, waitTask] : []) {
      account?.allow(options.allow as ApiCall);
    }
    const undo = canary.undo();
    this.manifests = chart.toJson();
    const uses = [canary.pipeline, ...overrides, undo].flatMap(({ tasks }) => tasks);
    this.runner = new TaskRunner(this.cluster, options.shell, {
      ...Object.fromEntries(uses.map(({ _task, serviceAccountName }) => [_task.taskRef.name, serviceAccountName])),
      [application.name]: applicationAccount,
    });
    this.rbac = new Rbac(this.manifests);
    this.cluster.enforce(this.rbac);
  }

  /** Makes it, with version 1 of reviews live. */
  public static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.cluster.start();
    await world.generator.start();
    await world.git.start();
    world.cluster.create({ kind: 'Namespace', metadata: { name: NAMESPACE } });
    const ports = [{ name: 'http', port: 9080 }];
    const service = {
      kind: 'Service',
      metadata: { name: 'reviews', namespace: NAMESPACE },
      spec: { selector: { app: 'reviews' }, ports },
    };
    world.cluster.create(service);
    if (options.live !== false) {
      const version = options.live ?? 'v1';
      world.deploy('reviews-v1', version === '' ? {} : { version });
      await world.cluster.until('version 1 is live', 60, () => world.available('reviews-v1'));
    }
    world.iter8.start();
    return world;
  }

  public async stop(): Promise<void> {
    this.runner.signal('SIGKILL');
    await this.cluster.stop();
    await this.generator.stop();
    await this.git.stop();
  }

  /** Makes a Deployment of reviews, as a run would where one is named. */
  public deploy(name: string, labels: Record<string, string>, run?: string): void {
    const made: any = deployment(name, { app: 'reviews', ...labels });
    const owner = run === undefined ? {} : { labels: { 'cdk8s-iter8/run': run } };
    this.cluster.create({ ...made, metadata: { name, namespace: NAMESPACE, ...owner } });
  }

  /** Pushes a commit with the manifests, and gives its whole id. */
  public commit(text = 'v2'): string {
    const manifest = JSON.stringify(deployment('reviews', { app: 'reviews' }));
    return this.git.commit({
      'kustomize/kustomization.yaml': 'resources: [deployment.yaml]\n',
      'kustomize/deployment.yaml': manifest,
      text,
    });
  }

  /** Runs the pipeline for a commit; the build is taken as done. */
  public async run(commit: string, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
    this.runs += 1;
    const name = `run-${this.runs}`;
    const labels = { 'tekton.dev/pipeline': options.pipeline ?? 'reviews' };
    const run = this.cluster.create({ kind: 'PipelineRun', metadata: { name, namespace: NAMESPACE, labels } });
    const outcome = await runPipeline(this.runner, this.manifests, {
      uid: run.metadata.uid,
      name,
      namespace: NAMESPACE,
      taskRuns: new TaskRuns(this.cluster, NAMESPACE, name),
      stopping: () => this.condition(name, STOPPING),
      ...options,
      params: { repository: this.git.url, ...options.params },
      given: {
        build: {
          results: {
            commit,
            'short-commit': commit.slice(0, 7),
            IMAGE_URL: 'registry.example.com/bookinfo/reviews',
            IMAGE_DIGEST: DIGEST,
          },
        },
        ...options.given,
      },
      environment: this.environment(options.environment),
    });
    this.condition(name, { status: outcome.succeeded ? 'True' : 'False' });
    return outcome;
  }

  /** Runs the pipeline that goes back to the version before. */
  public undo(rollout: Rollout, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
    return this.run('', { pipeline: 'reviews-undo', ...options, params: { rollout, ...options.params } });
  }

  /** Runs a task alone, with what the pipeline gives it as far as that is fixed. */
  public async task(
    name: string,
    params: Record<string, string | string[]> = {},
    environment: Record<string, string> = {},
  ): Promise<TaskOutcome> {
    const use = this.manifests
      .filter(({ kind }) => kind === 'Pipeline')
      .flatMap(({ spec }) => [...spec.tasks, ...(spec.finally ?? [])])
      .find((task: any) => task.name === name);
    const fixed = (use?.params ?? []).filter(({ value }: any) => !JSON.stringify(value).includes('$('));
    const given = Object.fromEntries(fixed.map((param: any) => [param.name, param.value]));
    const definition = this.manifests.find(
      ({ kind, metadata }) => kind === 'Task' && metadata.name === (use?.taskRef.name ?? name),
    );
    const all = { ...given, run: 'run-1', repository: this.git.url, ...params };
    return this.runner.run(definition, all, undefined, this.environment(environment));
  }

  /** Gives a run the service's Lease, with what it has recorded. */
  public lease(notes: Record<string, string> = {}, holder = 'run-1'): void {
    const annotations = Object.entries({ run: holder, since: '2026-01-01T00:00:00Z', ...notes });
    this.cluster.create({
      kind: 'Lease',
      metadata: {
        name: 'cdk8s-iter8-reviews',
        namespace: NAMESPACE,
        annotations: Object.fromEntries(annotations.map(([key, value]) => [`cdk8s-iter8/${key}`, value])),
      },
      spec: { holderIdentity: holder, leaseDurationSeconds: 180, renewTime: '2026-01-01T00:00:00.000000Z' },
    });
  }

  /** What is recorded in the service's Lease; nothing without one. */
  public get recorded(): Record<string, string> {
    const annotations = this.cluster.find('Lease', NAMESPACE, 'cdk8s-iter8-reviews')?.metadata.annotations ?? {};
    return Object.fromEntries(
      Object.entries<string>(annotations).map(([key, value]) => [key.replace('cdk8s-iter8/', ''), value]),
    );
  }

  private environment(more: Record<string, string> = {}): Record<string, string> {
    return {
      GENERATOR: this.generator.url,
      // Every look at something costs kubectl's start.
      POLL_SECONDS: '5',
      END_SECONDS: '20',
      DRAIN_SECONDS: '5',
      HOLD_SECONDS: '60',
      API_SECONDS: '60',
      ...more,
    };
  }

  /** What Tekton says of a run. */
  public condition(name: string, condition: { readonly [field: string]: string }): void {
    const conditions = [{ type: 'Succeeded', ...condition }];
    this.cluster.change(
      'PipelineRun',
      NAMESPACE,
      name,
      (run) => Object.assign(run, { status: { ...run.status, conditions } }),
      'status',
    );
  }

  public available(name: string): boolean {
    return (this.cluster.find('Deployment', NAMESPACE, name)?.status?.availableReplicas ?? 0) > 0;
  }

  /** Names of the versions that are there. */
  public get versions(): string[] {
    return this.cluster.list('Deployment', NAMESPACE).map(({ metadata }) => metadata.name);
  }

  /** The experiment that was made last. */
  public get experiment(): any {
    return this.cluster.list('Experiment', NAMESPACE).pop();
  }

  /** What share of the traffic each version gets, by the routing; shared among all of them without any. */
  public get traffic(): Record<string, number> {
    return traffic(this.cluster, NAMESPACE);
  }

  /** What has to be true when a run has ended, whatever happened; answers what is not. */
  public get leftovers(): string[] {
    const found: string[] = [];
    const served = Object.entries(this.traffic).filter(([name, share]) => share > 0 && this.available(name));
    if (served.reduce((sum, [, share]) => sum + share, 0) < 99.9) {
      found.push(`traffic: ${JSON.stringify(this.traffic)} of which available: ${served.map(([name]) => name)}`);
    }
    const experiments = this.cluster.list('Experiment', NAMESPACE).filter(({ status }) => {
      return !status?.conditions?.some((each: any) => each.type === 'ExperimentCompleted' && each.status === 'True');
    });
    found.push(...experiments.map(({ metadata }) => `experiment ${metadata.name} in progress`));
    found.push(...this.cluster.list('Lease', NAMESPACE).map(({ metadata }) => `lease ${metadata.name}`));
    if (this.generator.sends) {
      found.push('the load generator still sends');
    }
    return found;
  }

  /** Deployments that were deleted while the routing sent traffic to them; filled by `guard`. */
  public guard(): string[] {
    return deletedLive(this.cluster, NAMESPACE);
  }
}
