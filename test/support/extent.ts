/**
 * Whether all of the script suite is played, as CI does: it starts kubectl ten thousand times, at a twentieth of a second
 * each. Otherwise two minutes have to do.
 */
export const ALL = process.env.ALL_CASES === 'yes';

/** A test whose claims shorter ones make as well, in another combination: only where all is played. */
export const longTest = ALL ? test : test.skip;

/** The same for tables of cases that differ in one thing only: the first goes through the rest of `each` either way. */
export function firstOf<T>(cases: readonly T[], count = 1): T[] {
  return ALL ? [...cases] : cases.slice(0, count);
}
