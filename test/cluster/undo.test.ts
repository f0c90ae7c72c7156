import { Rollout } from '../../lib';
import { bookinfo, removeAll } from './support/bookinfo';
import { check, onlyLive } from './support/checks';
import { deliver, deliverOnce } from './support/delivery';
import { find, list } from './support/kubectl';
import { Repository } from './support/repository';
import { end, type Outcome, start } from './support/run';

jest.setTimeout(600_000);

afterAll(removeAll);

test('the version before goes live again at once, and the one after that again by a canary', async () => {
  const namespace = 'undo-reviews';
  await bookinfo(namespace);
  const source = await Repository.create(namespace);
  const delivery = await deliver(namespace, source.url, {}, undefined, ['undo']);
  const undo = async (rollout: Rollout) => end(namespace, await start(delivery.overrides?.undo, { rollout }));

  /** That this version is live, and was deployed from this image. */
  const isLive = (run: Outcome, winner: string, image: string) =>
    check(namespace, run, async () => {
      expect(run).toMatchObject({ succeeded: true, results: { verdict: 'winner', winner, image } });
      await onlyLive(namespace, winner);
      const { spec } = await find(namespace, 'deployment', winner);
      expect(spec.template.spec.containers[0].image).toBe(image);
    });

  const [one, two] = ['one', 'two'];
  const names: Record<string, string> = {};
  const images: Record<string, string> = {};
  for (const says of [one, two]) {
    names[says] = `reviews-${(await source.push({ says })).slice(0, 7)}`;
    const run = await deliverOnce(delivery);
    images[says] = run.results.image;
    await isLive(run, names[says], images[says]);
    if (says === one) {
      const refused = await undo(Rollout.AT_ONCE);
      await check(namespace, refused, () => {
        expect(refused.succeeded).toBe(false);
        expect(refused.logs.previous).toContain('does not say which version was live before it');
      });
    }
  }
  expect(images[one]).not.toBe(images[two]);

  const experiments = (await list(namespace, 'experiments')).length;
  await isLive(await undo(Rollout.AT_ONCE), names[one], images[one]);
  expect(await list(namespace, 'experiments')).toHaveLength(experiments);
  await isLive(await undo(Rollout.CANARY), names[two], images[two]);
  expect(await list(namespace, 'experiments')).toHaveLength(experiments + 1);
});
