import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conclude, END_STATES, inState } from '../support/end-states';
import { ALL, longTest } from '../support/extent';

jest.setTimeout(300_000);

/** The rows of the last table of docs/verdicts.md. */
const ROWS = readFileSync(join(__dirname, '../../docs/verdicts.md'), 'utf8')
  .split('| experiment | versions that are there |')[1]
  .split('\n')
  .slice(2)
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const POLICIES = ['winner', 'baseline', 'inconclusive', 'aborted', 'timeout'];

const plain = (name: string) => name.replace(/ \(v1alpha[12]\)$/, '');

test('every way in which an experiment can end is in the table', () => {
  expect([...new Set(ROWS.map(([name]) => plain(name)))].sort()).toEqual(Object.keys(END_STATES).sort());
});

const cases = ROWS.flatMap((row) => {
  const versions = ['v1alpha2', 'v1alpha1'].filter((version) => !row[0].includes('(v1') || row[0].includes(version));
  // The two of v1alpha1 differ in names, labels and how they are told to end, and not in what is there.
  const both = versions.includes('v1alpha1') && row[1] === 'v1, v2';
  return [...versions, ...(both ? ['v1alpha1-v0.2'] : [])].map((version) => [version, ...row]);
});

type Case = (typeof cases)[number];

async function play(...[version, name, there, verdict, winner, removed, reason]: Case): Promise<void> {
  const state = END_STATES[plain(name)];
  const gone = ['v1', 'v2'].filter((each) => !there.includes(each)).map((each) => `reviews-${each}`);
  const world = await inState(state, version as 'v1alpha2', gone);
  try {
    const deletedLive = world.guard();
    const outcome = await conclude(world, POLICIES.filter((each) => each !== 'winner').join());
    const short = (text: string) => text.replace(/reviews-v/g, 'v');
    const left = there.split(', ').filter((each) => each !== removed && each !== 'none');
    expect([outcome.results.verdict, short(outcome.results.winner) || '-', short(outcome.results.reason)]).toEqual([
      verdict,
      winner,
      reason,
    ]);
    expect(world.versions.map(short)).toEqual(left);
    const routed = { ...(there === 'none' ? {} : { [`reviews-${winner}`]: 100 }) };
    const traffic = winner === '-' ? { 'reviews-v1': 60, 'reviews-v2': 40 } : routed;
    expect(Object.fromEntries(Object.entries(world.traffic).filter(([, share]) => share > 0))).toEqual(traffic);
    expect(deletedLive).toEqual([]);
    expect(outcome.status).toBe(verdict === 'winner' ? 'Succeeded' : 'Failed');
    const said = `verdict ${verdict}: ${reason}`;
    expect(short(outcome.log.trim().split('\n').pop() ?? '')).toBe(verdict === 'winner' ? said : `ERROR: ${said}`);

    if (!ALL || there !== 'v1, v2' || version !== 'v1alpha2') {
      return;
    }
    // The same task again, as after its pod was killed, and with the opposite policy.
    const again = await conclude(world, verdict);
    expect(again.results).toEqual(outcome.results);
    expect(again.status).toBe('Failed');
    expect(world.versions.map(short)).toEqual(left);
  } finally {
    await world.stop();
  }
}

// The rows that say what becomes of two versions that are there, and then all others.
const both = ([version, , there]: Case) => version === 'v1alpha2' && there === 'v1, v2';
test.each(cases.filter(both))('%s: %s; there are %s: %s', play);
longTest.each(cases.filter((each) => !both(each)))('%s: %s; there are %s: %s', play);
