jest.mock('cdk8s-plus-25', () => {
  throw new Error('cdk8s-plus-25 was loaded');
});

test('the library needs nothing of cdk8s-plus-25 but its types: it is large, and takes as long to load as all of cdk8s', () => {
  expect(Object.keys(require('../lib'))).toContain('Iter8Pipeline');
});
