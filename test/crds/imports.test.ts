import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

test('imports/ is what `npm run import` makes of crds/', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    cpSync(join(ROOT, 'crds'), join(folder, 'crds'), { recursive: true });
    cpSync(join(ROOT, 'cdk8s.yaml'), join(folder, 'cdk8s.yaml'));
    execFileSync(process.execPath, [join(ROOT, 'node_modules/cdk8s-cli/bin/cdk8s'), 'import'], {
      cwd: folder,
      env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' },
      stdio: 'pipe',
    });
    const made = contents(join(folder, 'imports'));
    const committed = contents(join(ROOT, 'imports'));
    const files = [...new Set([...Object.keys(made), ...Object.keys(committed)])].sort();
    const different = files.filter((file) => made[file] !== committed[file]);
    if (different.length > 0) {
      throw new Error(
        `imports/ differs in ${different.join(', ')} from what crds/ says; fix: npm run import, and edit crds/ only`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
