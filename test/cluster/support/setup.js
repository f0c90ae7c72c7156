const { execFileSync } = require('node:child_process');
const { existsSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

// The cluster beside this repository pulls every image from its own registry: what our images have to contain is put
// there under their names.
module.exports = () => {
  const image = join(__dirname, '../../../../shared/cluster/image');
  if (!existsSync(image)) {
    return;
  }
  const program = (name) => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  const push = (...args) => execFileSync(image, args, { stdio: 'ignore' });
  const registry = 'localhost:5000';
  // ssh wants to know the user whom it runs as.
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  writeFileSync(join(folder, 'passwd'), 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
  const git = ['--exe', program('ssh'), '--file', `${join(folder, 'passwd')}=/etc/passwd`];
  push('--ref', `${registry}/alpine/git:v2.52.0`, '--base', `${registry}/git`, ...git);
  rmSync(folder, { recursive: true });
  push('--ref', `${registry}/alpine/k8s:1.34.1`, '--base', `${registry}/kubectl`, '--exe', program('curl'));
  push('--ref', `${registry}/osscontainertools/kaniko:v1.28.3`, '--base', `${registry}/kaniko`);
  push('--ref', `${registry}/fortio/fortio:1.69.5`, '--base', `${registry}/fortio`);
  // Those of examples/bookinfo-reviews, and the base of a new version of reviews.
  const application = ['--file', `${join(__dirname, 'application.sh')}=/application`, '--entrypoint', '/application'];
  for (const service of ['productpage-v1', 'details-v1', 'ratings-v1', 'reviews-v1', 'reviews-v2']) {
    const [name, version] = service.split('-');
    const variables = ['--env', `SERVICE=${name}`, '--env', `VERSION=${version}`, '--user', '1000'];
    const ref = `${registry}/istio/examples-bookinfo-${service}:1.20.3`;
    push('--ref', ref, '--base', `${registry}/busybox`, ...application, ...variables);
  }
};
