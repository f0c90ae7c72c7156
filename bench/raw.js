// Writes the same manifests without our constructs, one ApiObject for each: node bench/raw.js MANIFESTS.json FOLDER
const { readFileSync } = require('node:fs');
const { ApiObject, App, Chart } = require('cdk8s');

const [manifests, outdir] = process.argv.slice(2);
const app = new App({ outdir });
const chart = new Chart(app, 'fleet', { namespace: 'bookinfo' });
for (const [i, manifest] of JSON.parse(readFileSync(manifests, 'utf8')).entries()) {
  new ApiObject(chart, `object-${i}`, manifest);
}
app.synth();
process.stdout.write(String(process.resourceUsage().maxRSS));
