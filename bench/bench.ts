import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/**
 * How much longer a program with Iter8Pipelines takes than one that writes the same manifests as plain ApiObjects.
 *
 * Whole processes are timed, in pairs that follow each other at once and begin with the other program each time, because
 * a machine's speed varies more than the difference. The median of the pairs' ratios counts.
 */
const PAIRS: ReadonlyArray<readonly [count: number, pairs: number]> = [
  [1, 15],
  [100, 9],
  [1000, 5],
];

interface Measurement {
  readonly millis: number;
  readonly megabytes: number;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));

function measure(program: string, input: string): Measurement {
  const begun = process.hrtime.bigint();
  const kilobytes = execFileSync(process.execPath, [join(__dirname, program), input, join(folder, program)]).toString();
  return { millis: Number(process.hrtime.bigint() - begun) / 1e6, megabytes: Number(kilobytes) / 1024 };
}

function written(program: string): string {
  return readFileSync(join(folder, program, 'fleet.k8s.yaml'), 'utf8');
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

for (const [count, pairs] of PAIRS) {
  measure('constructs.js', String(count));
  const text = written('constructs.js');
  const manifests = join(folder, 'manifests.json');
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  writeFileSync(manifests, JSON.stringify(objects));
  measure('raw.js', manifests);
  if (hash(written('raw.js')) !== hash(text)) {
    throw new Error(`N = ${count}: the two programs wrote different manifests, so there is nothing to compare`);
  }
  const results: { ours: Measurement; raw: Measurement }[] = [];
  for (let i = 0; i < pairs; i++) {
    process.stderr.write(`\rN = ${count}: pair ${i + 1} of ${pairs} `);
    if (i % 2 === 0) {
      const ours = measure('constructs.js', String(count));
      results.push({ ours, raw: measure('raw.js', manifests) });
    } else {
      const raw = measure('raw.js', manifests);
      results.push({ raw, ours: measure('constructs.js', String(count)) });
    }
  }
  process.stderr.write('\r');
  const of = (value: (pair: (typeof results)[number]) => number) => median(results.map(value));
  const difference = of(({ ours, raw }) => ours.millis - raw.millis);
  console.log(
    `N = ${count}: ${objects.length} objects, ${(text.length / 1e6).toFixed(1)} MB; ` +
      `time ${of(({ ours, raw }) => ours.millis / raw.millis).toFixed(2)} (${of(({ ours }) => ours.millis).toFixed(0)} ms, ` +
      `${difference >= 0 ? '+' : ''}${difference.toFixed(0)} ms), ` +
      `memory ${of(({ ours, raw }) => ours.megabytes / raw.megabytes).toFixed(2)} (${of(({ ours }) => ours.megabytes).toFixed(0)} MB)`,
  );
}
rmSync(folder, { recursive: true });
