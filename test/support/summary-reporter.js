// The last line of a test run, in a form that a script can read.
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failedSuites = results.numRuntimeErrorTestSuites;
    console.log(`${results.numPassedTests} passed, ${results.numFailedTests + failedSuites} failed`);
  }
};
