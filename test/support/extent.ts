/**
 * Whether all of the script suite is played, as CI does: it starts kubectl ten thousand times, at a twentieth of a second
 * of a core each. Otherwise two minutes have to do.
 */
export const ALL = process.env.ALL_CASES === 'yes';

/**
 * A test that is played only where all are: one that takes long, or runs few lines of the scripts that shorter ones don't
 * run as well.
 */
export const longTest = ALL ? test : test.skip;
