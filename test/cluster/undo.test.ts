import { Criterion, Rollout } from '../../lib';
import { bookinfo, removeAll } from './support/bookinfo';
import { check, onlyLive } from './support/checks';
import { deliver, deliverOnce } from './support/delivery';
import { find, list } from './support/kubectl';
import { Repository } from './support/repository';
import { end, type Outcome, start } from './support/run';

jest.setTimeout(900_000);

afterAll(removeAll);

test('the version before goes live again at once, and the one after that again by a canary', async () => {
  const namespace = 'undo-reviews';
  await bookinfo(namespace);
  const source = await Repository.create(namespace);
  const criteria = [Criterion.errorRate({ below: 0.01 })];
  const delivery = await deliver(namespace, source.url, { criteria }, undefined, ['undo']);
  const undo = async (rollout: Rollout) => end(namespace, await start(delivery.overrides?.undo, { rollout }));

  /** That this version is live, and was deployed from this image. */
  const isLive = (run: Outcome, winner: string, image: string) =>
    check(namespace, run, async () => {
      expect(run).toMatchObject({ succeeded: true, results: { verdict: 'winner', winner, image } });
      await onlyLive(namespace, winner);
      const { spec } = await find(namespace, 'deployment', winner);
      expect(spec.template.spec.containers[0].image).toBe(image);
    });

  const one = `reviews-${(await source.push({ says: 'one' })).slice(0, 7)}`;
  const first = await deliverOnce(delivery);
  await check(namespace, first, () => {
    expect(first).toMatchObject({ succeeded: true, results: { verdict: 'winner', winner: one } });
  });
  const two = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;
  const second = await deliverOnce(delivery);
  const images = [first.results.image, second.results.image];
  expect(images[0]).not.toBe(images[1]);
  await isLive(second, two, images[1]);

  const experiments = (await list(namespace, 'experiments')).length;
  await isLive(await undo(Rollout.AT_ONCE), one, images[0]);
  expect(await list(namespace, 'experiments')).toHaveLength(experiments);
  await isLive(await undo(Rollout.CANARY), two, images[1]);
  expect(await list(namespace, 'experiments')).toHaveLength(experiments + 1);
});
