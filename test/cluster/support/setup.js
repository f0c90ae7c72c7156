const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
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
  const tools = ['--exe', program('kubectl'), '--exe', program('curl')];
  push('--ref', `${registry}/alpine/k8s:1.34.1`, '--base', `${registry}/git`, ...tools);
  push('--ref', `${registry}/osscontainertools/kaniko:v1.28.3`, '--base', `${registry}/kaniko`);
  push('--ref', `${registry}/fortio/fortio:1.69.5`, '--base', `${registry}/fortio`);
};
