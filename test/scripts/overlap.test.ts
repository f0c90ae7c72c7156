import { Duration } from 'cdk8s';
import { Concurrency } from '../../lib';
import { Contest } from '../support/contest';
import { longTest } from '../support/extent';
import { story } from '../support/tekton/pipeline-runner';
import { World } from '../support/world';

jest.setTimeout(900_000);

let contest: Contest;

function useContest(): void {
  beforeEach(async () => {
    contest = new Contest();
    await contest.start();
  });

  afterEach(async () => {
    await contest.cluster.stop();
  });
}

/** Makes a Lease that its holder has not renewed for long. */
function heldBy(holder: string, annotations: object): void {
  contest.cluster.create({
    kind: 'Lease',
    metadata: { name: 'cdk8s-iter8-reviews', namespace: 'team', annotations },
    spec: { holderIdentity: holder, leaseDurationSeconds: 60, renewTime: '2026-01-01T00:00:00.000000Z' },
  });
}

describe('the queue', () => {
  useContest();

  const now = () => contest.cluster.clock.now;
  const lease = () => contest.cluster.find('Lease', 'team', 'cdk8s-iter8-reviews');
  const queue = (name: string, since: string, seen: number) =>
    contest.cluster.change('Lease', 'team', 'cdk8s-iter8-reviews', ({ metadata }) => {
      metadata.annotations[`cdk8s-iter8/queue.${name}`] = `${since} ${Math.floor(seen)} queue`;
    });
  const held = (name: string) => heldBy(name, { 'cdk8s-iter8/run': name });
  const freeAfter = (seconds: number) =>
    contest.cluster.clock.after(seconds, () =>
      contest.cluster.change('Lease', 'team', 'cdk8s-iter8-reviews', ({ spec }) => {
        delete spec.holderIdentity;
      }),
    );

  longTest('lets the run go first that began first', async () => {
    held('other');
    freeAfter(50);
    const began = {
      one: '2026-01-01T00:00:03Z',
      two: '2026-01-01T00:00:01Z',
      three: '2026-01-01T00:00:02Z',
    };
    const runs = Object.entries(began).map(([name, time]) => contest.contend(name, {}, time));
    expect(await Promise.all(runs)).toEqual(['', '', '']);
    const names = contest.cluster.list('PipelineRun', 'team').map(({ metadata }) => [metadata.uid, metadata.name]);
    expect(contest.order.map((uid) => Object.fromEntries(names)[uid])).toEqual(['two', 'three', 'one']);
  });

  longTest('does not wait for runs that have died in it', async () => {
    held('other');
    queue('dead', '2020-01-01T00:00:00Z', now() - 200);
    freeAfter(20);
    expect(await contest.unseen('run')).toBe('');
  });

  longTest('waits for older ones that live', async () => {
    held('other');
    queue('older', '2020-01-01T00:00:00Z', now() + 10_000);
    freeAfter(20);
    expect(await contest.unseen('run', { QUEUE_SECONDS: '60' })).toContain(
      'run older has had the service reviews for all of the 60 seconds',
    );
    expect(contest.order).toEqual([]);
  });

  longTest('is left at the deadline', async () => {
    held('other');
    const begun = now();
    expect(await contest.unseen('run', { QUEUE_SECONDS: '40' })).toBe(
      'run: ERROR: run other has had the service reviews for all of the 40 seconds that this one may wait; look at that run, and run the pipeline again',
    );
    expect(now() - begun).toBeLessThan(60);
    // What the run's finally is to say of it, which takes it off.
    expect(Object.keys(lease()?.metadata.annotations)).toEqual(['cdk8s-iter8/run', 'cdk8s-iter8/why.run']);
  });

  test('is of one service: others do not wait', async () => {
    held('other');
    const begun = now();
    expect(await contest.unseen('run', { SERVICE: 'ratings' })).toBe('');
    expect(now() - begun).toBeLessThan(10);
  });
});

describe('a holder that does not renew the lease', () => {
  useContest();

  const held = (annotations: object, holder = 'gone') => heldBy(holder, annotations);
  const waited = async (environment: Record<string, string> = {}) => {
    const begun = contest.cluster.clock.now;
    const failed = await contest.contend('run', { QUEUE_SECONDS: '200', ...environment });
    return [failed, contest.cluster.clock.now - begun] as const;
  };

  longTest('keeps it for as long as its PipelineRun runs', async () => {
    const run = contest.cluster.create({ kind: 'PipelineRun', metadata: { name: 'alive', namespace: 'team' } });
    held({ 'cdk8s-iter8/pipeline-run': 'team/alive' }, run.metadata.uid);
    const [failed] = await waited();
    expect(failed).toContain('has had the service reviews for all of the 200 seconds');
  });

  longTest.each([
    ['has ended', true],
    ['is gone', false],
  ])('loses it at once when its PipelineRun %s', async (_, there) => {
    const name = 'over';
    const run = contest.cluster.create({ kind: 'PipelineRun', metadata: { name, namespace: 'team' } });
    held({ 'cdk8s-iter8/pipeline-run': `team/${name}` }, run.metadata.uid);
    const status = { conditions: [{ type: 'Succeeded', status: 'False' }] };
    contest.cluster.change('PipelineRun', 'team', name, (each) => Object.assign(each, { status }), 'status');
    if (!there) {
      contest.cluster.delete('PipelineRun', 'team', name);
    }
    const [failed, seconds] = await waited();
    expect([failed, seconds < 20]).toEqual(['', true]);
  });

  longTest('loses it when another PipelineRun has the name of its own', async () => {
    contest.cluster.create({ kind: 'PipelineRun', metadata: { name: 'again', namespace: 'team' } });
    held({ 'cdk8s-iter8/pipeline-run': 'team/again' });
    expect(await waited()).toEqual(['', expect.any(Number)]);
  });

  longTest.each([
    ['can not be seen', { 'cdk8s-iter8/pipeline-run': 'team/hidden' }],
    ['is not known', {}],
  ])('loses it after the time that it says, when its PipelineRun %s', async (_, annotations) => {
    held(annotations);
    contest.cluster.fault({ verb: 'get', resource: 'pipelineruns', name: 'hidden', result: 403 });
    const [failed, seconds] = await waited();
    expect(failed).toBe('');
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(100);
  });

  longTest('keeps it when it renews, whatever its clock says', async () => {
    held({});
    const renew = () => {
      contest.cluster.change('Lease', 'team', 'cdk8s-iter8-reviews', ({ spec }) => {
        spec.renewTime = `1970-01-01T00:00:00.${Math.floor(contest.cluster.clock.now)}Z`;
      });
      contest.cluster.clock.after(30, renew);
    };
    renew();
    const [failed] = await waited();
    expect(failed).toContain('has had the service reviews for all of the 200 seconds');
  });
});

describe('runs that overlap', () => {
  let world: World;

  afterEach(async () => {
    await world.stop();
  });

  async function overlap(concurrency: Concurrency, count: number, interval = 3) {
    const props = { concurrency, interval: Duration.seconds(interval), experimentDeadline: Duration.seconds(200) };
    world = await World.start({ props });
    const deletedLive = world.guard();
    const commits = Array.from({ length: count }, (_, i) => world.commit(`version ${i}`));
    const outcomes = await Promise.all(
      commits.map(async (commit, i) => {
        await world.cluster.clock.sleep(i * 8);
        return world.run(commit);
      }),
    );
    const stories = outcomes.map(story).join('\n\n');
    const left = [...world.leftovers, ...deletedLive];
    if (left.length > 0) {
      throw new Error(`${left.join()}\n${stories}`);
    }
    return {
      outcomes,
      stories,
      last: `reviews-${commits[count - 1].slice(0, 7)}`,
      first: `reviews-${commits[0].slice(0, 7)}`,
    };
  }

  longTest('go one after another, each with a fresh baseline', async () => {
    const { outcomes, last, stories } = await overlap(Concurrency.QUEUE, 3);
    const verdicts = outcomes.map(({ results }) => results.verdict);
    expect(verdicts.join() === 'winner,winner,winner' ? '' : stories).toBe('');
    expect(world.versions).toEqual([last]);
    expect(outcomes.map(({ tasks }) => tasks.experiment.results.baseline)).toEqual([
      'reviews-v1',
      outcomes[0].results.winner,
      outcomes[1].results.winner,
    ]);
  });

  longTest('the newer one is rejected', async () => {
    const { outcomes, first } = await overlap(Concurrency.REJECT_NEWER, 2);
    expect(outcomes.map(({ results }) => results.verdict)).toEqual(['winner', 'aborted']);
    expect(outcomes[1].tasks.experiment.log).toContain(
      'ERROR: another run has the service reviews, and concurrency is rejectNewer',
    );
    expect(outcomes[1].results.reason).toBe(
      'experiment failed, so nothing was deployed: another run has the service reviews, and concurrency is rejectNewer; run the pipeline again when that one has ended',
    );
    expect(world.versions).toEqual([first]);
  });

  longTest('the older one gives up', async () => {
    const { outcomes, last, stories } = await overlap(Concurrency.CANCEL_OLDER, 2, 15);
    const told = outcomes.map(({ results }) => `${results.verdict}: ${results.reason}`);
    expect(told[0].includes('a newer run took over') && told[1].startsWith('winner') ? '' : stories).toBe('');
    expect(world.versions).toEqual([last]);
  });
});
