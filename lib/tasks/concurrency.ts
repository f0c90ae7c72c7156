/** What happens to a run while another run has the same service. */
export enum Concurrency {
  /** It waits; the run that came first goes first. */
  QUEUE = 'queue',
  /** The run under way gives up, its candidate is removed, and the newest run goes on. */
  CANCEL_OLDER = 'cancelOlder',
  /** It fails at once. */
  REJECT_NEWER = 'rejectNewer',
}
