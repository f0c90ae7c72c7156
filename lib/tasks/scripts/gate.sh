# shellcheck shell=dash disable=SC2034
# A person's decision about a candidate that met the criteria, where the run wants one. The traffic is on the baseline
# meanwhile. The decision is an annotation of the experiment, which has ended. Needs lease.sh and experiment.sh.

# await_decision SECONDS: until a person has decided, or the time is over. The Lease keeps when that is: the task may be tried
# again, and whoever finishes the work of the run has to know that there was a gate.
await_decision() {
	[ "$1" != 0 ] && completed && [ "$(asked_for)" != end ] && [ "$(state winner)" = "$candidate" ] && [ "$(weight baseline)" = 100 ] || return 0
	gate=${gate:-$(($(now) + $1))}
	record gate "$gate"
	say "the candidate $candidate met the criteria; waiting for a person to roll it forward or back, by the Pipeline for that or by kubectl -n $NAMESPACE annotate ${ITER8_RESOURCE%%.*} $experiment cdk8s-iter8/decision=rollforward"
	while [ -z "$(state decision)" ] && [ "$(now)" -lt "$gate" ] && ! superseded; do
		renew
		pause
		read_experiment || return 0
	done
}
