#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of ExperimentTask: takes the service for this run, finds the version that is live, and creates the experiment,
# before the candidate is deployed. A candidate's pods match the Service's selector at once; without the experiment's
# routing they would take live traffic that nobody measures.
set -eu
. "$(dirname "$0")/common.sh"

for file in "$RESULT_EXPERIMENT" "$RESULT_EXPERIMENT_UID" "$RESULT_BASELINE" "$RESULT_CANDIDATE"; do
	result "$file" ''
done

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
check_deployment "$DEPLOYMENT"
check commit "$COMMIT" '[0-9a-f]{7}[0-9a-f]*' 'a commit' 64
optional check_name baseline "$BASELINE"
check concurrency "$CONCURRENCY" 'queue|cancelOlder|rejectNewer' 'queue, cancelOlder or rejectNewer'
check_number queue-deadline "$QUEUE_SECONDS"
check cleanup "$CLEANUP" 'delete|keep|scaleToZero' 'delete, keep or scaleToZero'
check rollout "$ROLLOUT" 'canary|at-once' 'canary or at-once'

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/pipeline-run.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/acquire.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/hold.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/judge.sh"
. "$(dirname "$0")/conclude.sh"
. "$(dirname "$0")/live.sh"
. "$(dirname "$0")/baseline.sh"
. "$(dirname "$0")/template.sh"

: "${HOLD_SECONDS:=120}"
begun=$(now)
short_commit=$(printf '%s' "$COMMIT" | cut -c 1-7)

# experiment_name PREFIX: unique for each run, and short enough to stand in a label with the namespace.
experiment_name() {
	local hash space
	hash=$(printf '%s' "$RUN" | sha256sum | cut -c 1-10)
	space=$((62 - ${#NAMESPACE} - 11))
	[ "$space" -ge 1 ] || fail "namespace $NAMESPACE has ${#NAMESPACE} characters; expected at most 50, because iter8 writes it into a label; use a shorter one"
	printf '%s-%s' "$(printf '%s' "$1" | cut -c "1-$space" | sed 's/-*$//')" "$hash"
}

# await_other_experiment: one that a person made, and that uses the service.
await_other_experiment() {
	local other said=
	while read_routing || :; do
		other=$(routed_experiment)
		case $other in '' | "$own_experiment" | "$(recorded experiment)") return 0 ;; esac
		in_progress "$other" || return 0
		[ "$(now)" -lt $((begun + QUEUE_SECONDS)) ] ||
			fail "experiment $other has used the service $SERVICE for all of the $QUEUE_SECONDS seconds that this run may wait; wait until it has ended, or end it"
		[ -n "$said" ] || say "waiting for the end of experiment $other, which uses the service $SERVICE"
		said=yes
		renew
		pause
	done
}

create_experiment() {
	local made=0
	write_experiment
	experiment_uid=
	kube create -f "$scratch/experiment.json" -o go-template="$ITER8_STATE" >"$scratch/state" || made=$?
	case $made in
	0) ;;
	"$already_exists") read_experiment || fail "the experiment $experiment was deleted at once; look who did that, and run the pipeline again" ;;
	*) fail "the experiment $experiment could not be created: $(kube_error)" ;;
	esac
	experiment_uid=$(state uid)
	record experiment-uid "$experiment_uid"
}

# await_hold: until iter8's routing gives all traffic to the baseline. The experiment then waits for its candidate.
await_hold() {
	local until last_resume
	until=$(($(now) + HOLD_SECONDS))
	last_resume=$(now)
	while :; do
		read_experiment || fail "experiment $experiment was deleted while it was being set up; run the pipeline again"
		read_routing || :
		case $(router_experiment) in
		"$experiment" | "$experiment.$NAMESPACE") [ "$(traffic "$baseline")" != 100 ] || return 0 ;;
		esac
		! completed || fail "experiment $experiment ended before it began: $(state message)"
		[ "$(now)" -lt "$until" ] ||
			fail "iter8 did not route the traffic of $SERVICE to $baseline within $HOLD_SECONDS seconds: $(state phase), $(state message); are iter8's controller and all pods of the service running?"
		if [ "$(state phase)" = Pause ] && ! paused_by_person && [ "$(asked_for)" != end ] && [ $(($(now) - last_resume)) -ge 10 ]; then
			override "$ITER8_RESUME" || :
			last_resume=$(now)
		fi
		renew
		pause
	done
}

prefix=$SERVICE
fail_now
if [ -n "$TEMPLATE_PATH" ]; then
	read_template
	prefix=$(template_fact name)
fi
own_experiment=$(experiment_name "$prefix")
experiment=$own_experiment
check_template
acquire
[ "$(recorded run)" = "$RUN" ] || await_other_experiment
finish_older
load_record
if [ -n "$verdict" ]; then
	# Tried again after the pod was killed: it was decided already.
	result "$RESULT_BASELINE" "$baseline"
	result "$RESULT_CANDIDATE" "$candidate"
	exit
fi
begun_experiment=$experiment
await_other_experiment
other=$(routed_experiment)
case $other in
'' | "$own_experiment") ;;
*)
	say "experiment $other is over, but the routing is still in its name; changing that"
	free_routing
	;;
esac
candidate=$DEPLOYMENT-$short_commit
service_exists || say "there is no service $SERVICE in $NAMESPACE yet"
refuse_other_routing
if [ -z "$baseline" ]; then
	baseline=$(find_baseline)
fi
[ -z "$baseline" ] || warn_other_services
if [ "$baseline" = "$candidate" ] && ! available "$candidate"; then
	# An earlier run's, which does not run.
	baseline=
fi
if [ -z "$baseline" ]; then
	say "no version of $SERVICE runs yet: $candidate will be deployed without an experiment"
	record candidate "$candidate" cleanup "$CLEANUP" existed "$(fact deployment "$candidate" 3 | sed /deleted/d)"
elif [ "$baseline" = "$candidate" ]; then
	refuse_shared_traffic
	say "commit $short_commit is live already, as $baseline: there is nothing to deploy"
	record baseline "$baseline" candidate "$candidate" verdict winner winner "$candidate" \
		reason "commit $short_commit was live already; nothing was changed"
elif [ "$ROLLOUT" = at-once ]; then
	# What is to be replaced at once need not run, and iter8 begins nothing then; but its pods have to be told from the others.
	has_version || await_baseline
	remove_leftover
	record baseline "$baseline" candidate "$candidate" cleanup "$CLEANUP" rollout "$ROLLOUT"
	[ -n "$(router_name)" ] && [ "$(traffic "$baseline")" = 100 ] || hold "$baseline"
	say "all traffic of $SERVICE is on $baseline until $candidate is there, and then goes there at once: no experiment is created"
else
	await_baseline
	[ -n "$begun_experiment" ] || remove_leftover
	experiment=$own_experiment
	record baseline "$baseline" candidate "$candidate" experiment "$experiment" cleanup "$CLEANUP"
	# iter8 ends every experiment at once where it finds only one of the two.
	[ -z "$(rule_name)" ] || [ -n "$(router_name)" ] || hold "$baseline"
	say "creating experiment $experiment: $baseline (baseline) against $candidate (candidate)"
	create_experiment
	await_hold
	say "iter8 holds all traffic of $SERVICE on $baseline until $candidate is there"
	result "$RESULT_EXPERIMENT" "$experiment"
	result "$RESULT_EXPERIMENT_UID" "$experiment_uid"
fi
result "$RESULT_BASELINE" "$baseline"
result "$RESULT_CANDIDATE" "$candidate"
hand_over
