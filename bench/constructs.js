// Synthesizes N Iter8Pipelines in one chart: node bench/constructs.js N FOLDER
const { App, Chart, Duration } = require('cdk8s');
const { Criterion, GitSource, Iter8Pipeline, Iter8Tasks, LoadProfile } = require('../build/lib');

const [count, outdir] = process.argv.slice(2);
const app = new App({ outdir });
const chart = new Chart(app, 'fleet', { namespace: 'bookinfo' });
const tasks = new Iter8Tasks(chart, 'canary');
for (let i = 0; i < Number(count); i++) {
  const service = `service-${i}`;
  new Iter8Pipeline(chart, service, {
    tasks,
    service,
    source: GitSource.repository(`https://git.example.com/bookinfo/${service}`),
    image: `registry.example.com/bookinfo/${service}`,
    criteria: [Criterion.meanLatency({ belowMillis: 300 }), Criterion.errorRate({ below: 0.01 })],
    interval: Duration.seconds(30),
    load: LoadProfile.constantRate({ host: 'bookinfo.example.com', path: `/${service}`, perSecond: 20 }),
  });
}
app.synth();
process.stdout.write(String(process.resourceUsage().maxRSS));
