import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { script } from '../../lib/tasks/script';
import { Cluster } from './kubernetes/cluster';
import { TaskRunner } from './tekton/task-runner';

/** What a task does that has the service to itself: it makes a folder that can be there only once. */
const BODY = `
sleep "$BEFORE"
acquire
[ -z "$DIE" ] || kill -KILL $$
mkdir "$FOLDER/owner" || fail 'two owners'
echo "$RUN" >>"$FOLDER/order"
sleep "$HOLDS"
rmdir "$FOLDER/owner"
release
`;
const SCRIPTS = ['common.sh', 'kubectl.sh', 'pipeline-run.sh', 'lease.sh', 'acquire.sh', 'release.sh'];

/** Several runs of a service, and what they do there. */
export class Contest {
  public readonly cluster = new Cluster();
  private readonly runner = new TaskRunner(this.cluster);
  private readonly file = join(this.cluster.folder, 'contender.sh');

  public async start(): Promise<void> {
    await this.cluster.start();
    this.cluster.create({ kind: 'Namespace', metadata: { name: 'team' } });
    writeFileSync(this.file, `#!/bin/sh\nset -eu\n${SCRIPTS.map(script).join('\n')}\n${BODY}`);
  }

  /** Takes part as the run of a PipelineRun, which ends with it; answers what went wrong. */
  public async contend(name: string, environment: Record<string, string> = {}, began?: string): Promise<string> {
    const run = this.cluster.create({ kind: 'PipelineRun', metadata: { name, namespace: 'team' } });
    if (began) {
      this.cluster.backdate('PipelineRun', 'team', name, began);
    }
    const known = { RUN: run.metadata.uid, PIPELINE_RUN: `team/${name}` };
    const error = await this.unseen(name, { ...known, ...environment });
    const conditions = [{ type: 'Succeeded', status: error === '' ? 'True' : 'False' }];
    this.cluster.change(
      'PipelineRun',
      'team',
      name,
      (each) => Object.assign(each, { status: { conditions } }),
      'status',
    );
    return error;
  }

  /** Takes part as a run of which nobody can see whether it has ended. */
  public async unseen(name: string, environment: Record<string, string> = {}): Promise<string> {
    const env = {
      FOLDER: this.cluster.folder,
      NAMESPACE: 'team',
      SERVICE: 'reviews',
      RUN: name,
      BEFORE: '0',
      HOLDS: '5',
      DIE: '',
      // Every look at the lease costs kubectl's start.
      POLL_SECONDS: '10',
      ...environment,
    };
    const [code, log] = await this.runner.execute([this.file], env, this.cluster.folder);
    return code === 0 ? '' : `${name}: ${log.trim().split('\n').pop()}`;
  }

  public get order(): string[] {
    const file = join(this.cluster.folder, 'order');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
}
