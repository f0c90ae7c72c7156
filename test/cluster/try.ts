import { App, Duration } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { bookinfoReviews } from '../../examples/bookinfo-reviews/main';
import { apply, bookinfo, makeLive, traffic, versions } from './support/bookinfo';
import { kubectl } from './support/kubectl';
import { Repository } from './support/repository';
import { start, end, explain } from './support/run';
(async () => {
  const ns = 'bookinfo';
  await bookinfo(ns);
  const repo = await Repository.create('reviews');
  const c1 = await repo.push({ says: 'v1' });
  const app = new App();
  bookinfoReviews(app);
  const charts = app.charts;
  const docs = charts.flatMap((c) => c.toJson());
  const run = docs.find((d: any) => d.kind === 'PipelineRun');
  await apply(ns, docs.filter((d: any) => d.kind !== 'PipelineRun'));
  const params = { repository: repo.url, image: 'registry.registry.svc.cluster.local:5000/bookinfo/reviews' };
  for (const v of [{ says: 'v1' }, { says: 'v2' }]) {
    const t = Date.now();
    await repo.push(v);
    const o = await end(ns, await start(run, params), 400);
    console.log(await explain(ns, o));
    console.log(await versions(ns), await traffic(ns), (Date.now() - t) / 1000);
    if (!o.succeeded) break;
  }
})().catch((e) => { console.error(e.message); process.exit(1); });
