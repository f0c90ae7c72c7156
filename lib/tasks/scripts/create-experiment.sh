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
check run "$RUN" '[a-z0-9][-a-z0-9]{0,56}' "the uid of the PipelineRun"
check deployment "$DEPLOYMENT" '[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?' 'at most 52 lower-case letters, digits and "-"'
check commit "$COMMIT" '[0-9a-f]{7,64}' 'a commit'
optional check_name baseline "$BASELINE"
check concurrency "$CONCURRENCY" 'queue|cancelOlder|rejectNewer' 'queue, cancelOlder or rejectNewer'
check_number queue-deadline "$QUEUE_SECONDS"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/conclude.sh"

: "${HOLD_SECONDS:=120}"
short_commit=$(printf '%s' "$COMMIT" | cut -c 1-7)
new_candidate=$DEPLOYMENT-$short_commit

# finish_older: what a run that was cancelled plainly, or whose pods were killed, has left behind.
finish_older() {
	[ -n "$(recorded run)" ] && [ "$(recorded run)" != "$RUN" ] || return 0
	load_record
	say "run $(recorded run) has not finished its work on $SERVICE; doing that first"
	conclude aborted 'the run ended without its finally'
	say "run $(recorded run): $verdict, $reason"
	record run "$RUN" baseline '' candidate '' experiment '' experiment-uid '' image '' verdict '' winner '' reason '' \
		ended '' ended-because '' because ''
}

# find_baseline: the Deployment that is live; nothing when the service has none yet.
find_baseline() {
	local versions count
	if [ -n "$BASELINE" ]; then
		exists "$BASELINE" || fail "param baseline is $BASELINE, which is no Deployment in $NAMESPACE; name the one that is live, or leave it out"
		printf '%s' "$BASELINE"
		return
	fi
	versions=$(live_versions)
	count=$(printf '%s' "$versions" | grep -c . || :)
	[ "$count" -le 1 ] ||
		fail "service $SERVICE has $count versions that could be the live one: $(printf '%s' "$versions" | tr '\n' ' '); delete those that are not, or name the live one in the param baseline"
	printf '%s' "$versions"
}

# await_other_experiment: one that a person made, and that uses the service.
await_other_experiment() {
	local until role
	until=$(($(now) + QUEUE_SECONDS))
	while :; do
		read_routing || return 0
		role=$(router_role)
		case $role in "" | - | stable) return 0 ;; esac
		case $(router_experiment) in "$experiment" | "$experiment.$NAMESPACE") return 0 ;; esac
		[ "$(now)" -lt "$until" ] ||
			fail "experiment $(router_experiment) has used the service $SERVICE for $QUEUE_SECONDS seconds; wait until it has ended, or end it"
		[ -n "${said_other:-}" ] || say "waiting for the end of experiment $(router_experiment), which uses the service $SERVICE"
		said_other=yes
		renew
		pause
	done
}

# await_rollout DEPLOYMENT SECONDS: until all its pods are new and available.
await_rollout() {
	local until
	until=$(($(now) + $2))
	until rolled_out "$1"; do
		[ "$(now)" -lt "$until" ] || return 1
		renew
		pause
	done
}

# distinguish DEPLOYMENT: its pods need a label that the candidate's do not have. Otherwise the routing to the baseline
# leads to the candidate's pods as well.
distinguish() {
	local strategy label
	case " $(labels_of "$1") " in *" version="*) return ;; esac
	label=$(printf '%s' "$1" | cut -c 1-63 | sed 's/[^a-z0-9]*$//')
	strategy=$(kube get deployment "$1" -o go-template='{{with .spec.strategy}}{{.type}}{{end}}')
	[ "$strategy" != Recreate ] ||
		fail "the pods of $1 have no label version, by which requests can be routed to them and not to the candidate; add it to the pod template of $1 when it may be restarted"
	say "the pods of $1 have no label version, by which requests can be routed to them and not to the candidate; adding version=$label, which replaces them one by one"
	kube patch deployment "$1" --type merge -p "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"version\":\"$label\"}}}}}" >/dev/null
	await_rollout "$1" "$HOLD_SECONDS" ||
		fail "the pods of $1 were not replaced within $HOLD_SECONDS seconds after the label version was added; see kubectl -n $NAMESPACE rollout status deployment/$1"
}

# remove_leftover DEPLOYMENT: a candidate of this name from an earlier run, which was not cleaned up.
remove_leftover() {
	exists "$1" || return 0
	[ "$(traffic "$baseline")" = 100 ] || hold "$baseline"
	say "$1 is left over from an earlier run"
	remove "$1" "$baseline"
	local until
	until=$(($(now) + HOLD_SECONDS))
	while read_routing && exists "$1"; do
		[ "$(now)" -lt "$until" ] || fail "$1, which an earlier run left behind, can't be deleted; delete it"
		renew
		pause
	done
}

# experiment_name: unique for each run, and short enough to stand in a label with the namespace.
experiment_name() {
	local hash space
	hash=$(printf '%s' "$RUN" | sha256sum | cut -c 1-10)
	space=$((62 - ${#NAMESPACE} - 11))
	[ "$space" -ge 1 ] || fail "namespace $NAMESPACE has ${#NAMESPACE} characters; expected at most 50, because iter8 writes it into a label; use a shorter one"
	printf '%s-%s' "$(printf '%s' "$SERVICE" | cut -c "1-$space" | sed 's/-*$//')" "$hash"
}

create_experiment() {
	local created=0
	printf '%s' "$TEMPLATE" | sed -e "s/@name@/$experiment/g" -e "s/@namespace@/$NAMESPACE/g" -e "s/@service@/$SERVICE/g" \
		-e "s/@router@/$router/g" -e "s/@baseline@/$baseline/g" -e "s/@candidate@/$candidate/g" -e "s/@run@/$RUN/g" >"$scratch/experiment.json"
	# The template comes from outside: it may only be this experiment.
	[ "$(kube create --dry-run=client --validate=false -f "$scratch/experiment.json" -o go-template='{{.apiVersion}} {{.kind}} {{.metadata.name}} {{.metadata.namespace}}')" = \
		"$ITER8_API_VERSION Experiment $experiment $NAMESPACE" ] || fail "param template is no Experiment: $(shown "$TEMPLATE"); expected what ExperimentTask.addTo makes"
	experiment_uid=
	kube create -f "$scratch/experiment.json" -o go-template="$ITER8_STATE" >"$scratch/state" || created=$?
	case $created in
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
		if [ "$(state phase)" = Pause ] && ! paused_by_person && [ $(($(now) - last_resume)) -ge 10 ]; then
			override "$ITER8_RESUME" || :
			last_resume=$(now)
		fi
		renew
		pause
	done
}

acquire
finish_older
load_record
if [ -n "$verdict" ]; then
	# Tried again after the pod was killed: it was decided already.
	result "$RESULT_BASELINE" "$baseline"
	result "$RESULT_CANDIDATE" "$candidate"
	exit
fi
candidate=$new_candidate
await_other_experiment
grep -q '^service ' "$scratch/routing" || say "there is no service $SERVICE in $NAMESPACE yet"
if [ -z "$baseline" ]; then
	baseline=$(find_baseline)
fi
if [ -z "$baseline" ]; then
	say "$SERVICE has no version yet: $candidate will be deployed without an experiment"
	record candidate "$candidate"
elif [ "$baseline" = "$candidate" ]; then
	say "commit $short_commit is live already, as $baseline: there is nothing to deploy"
	record baseline "$baseline" candidate "$candidate" verdict winner winner "$candidate" \
		reason "commit $short_commit was live already; nothing was changed"
else
	experiment=$(experiment_name)
	record baseline "$baseline" candidate "$candidate" experiment "$experiment"
	distinguish "$baseline"
	[ -n "$experiment_uid" ] || remove_leftover "$candidate"
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
