import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Testing } from 'cdk8s';
import { bookinfoReviews } from '../examples/bookinfo-reviews/main';
import { dayTwo } from '../examples/day-two/main';
import { fleet } from '../examples/fleet/main';
import { fromTheArticle } from '../examples/from-the-article/main';
import { ownPipeline } from '../examples/own-pipeline/main';
import { webhook } from '../examples/webhook/main';
import { schemaProblems } from './support/schemas';
import { withoutScripts } from './support/scripts';

const EXAMPLES: Record<string, (app: App) => unknown> = {
  'bookinfo-reviews': bookinfoReviews,
  'day-two': dayTwo,
  fleet,
  'from-the-article': (app) => fromTheArticle(app, { username: 'robot', password: 'secret' }),
  'own-pipeline': ownPipeline,
  webhook: (app) => webhook(app),
};

function manifests(example: string, outdir?: string): any[] {
  const app = new App({ outdir });
  EXAMPLES[example](app);
  if (outdir) {
    app.synth();
  }
  return app.charts.flatMap((chart) => Testing.synth(chart));
}

function lint(folder: string): { rule: string; message: string }[] {
  const program = join(__dirname, '../node_modules/@ibm/tekton-lint/dist/lint.js');
  try {
    return JSON.parse(
      execFileSync(process.execPath, [program, '--format', 'json', `${folder}/*.yaml`], { encoding: 'utf8' }),
    );
  } catch (error) {
    return JSON.parse((error as { stdout: string }).stdout);
  }
}

test('every folder in examples/ is tested here', () => {
  expect(readdirSync(join(__dirname, '../examples')).sort()).toEqual(Object.keys(EXAMPLES).sort());
});

describe.each(Object.keys(EXAMPLES))('examples/%s', (example) => {
  test('writes the manifests that it always wrote', () => {
    expect(manifests(example).map(withoutScripts)).toMatchSnapshot();
  });

  test('writes what the schemas allow', () => {
    expect(manifests(example).flatMap(schemaProblems)).toEqual([]);
  });

  test('writes nothing that tekton-lint complains about', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lint-'));
    try {
      manifests(example, folder);
      // It takes a Pipeline's workspaces for required where a TriggerTemplate has the run, optional ones as well.
      const optional = /^TriggerTemplate '.*' references Pipeline '.*', but provides no workspace for 'stop' /;
      expect(lint(folder).filter(({ message }) => !optional.test(message))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 30_000);

  test('writes the same bytes again', () => {
    expect(JSON.stringify(manifests(example))).toBe(JSON.stringify(manifests(example)));
  });
});

test('tekton-lint does complain about a Pipeline that is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      JSON.stringify({
        apiVersion: 'tekton.dev/v1',
        kind: 'Pipeline',
        metadata: { name: 'wrong' },
        spec: {
          tasks: [{ name: 'a', taskRef: { name: 'missing' }, params: [{ name: 'x', value: '$(params.nothing)' }] }],
        },
      }),
    );
    expect(lint(folder).map(({ rule }) => rule)).toContain('no-undefined-param');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);
