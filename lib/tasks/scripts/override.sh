#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of OverrideTask: does what a person wants of the experiment in progress, by iter8's own override, and waits until
# it is done. The run that has made the experiment sees that, removes the version that lost, and reports; where that run
# has ended without having done so, this step does it.
set -eu
. "$(dirname "$0")/common.sh"

for file in "$RESULT_VERDICT" "$RESULT_WINNER" "$RESULT_REASON" "$RESULT_WEIGHTS" "$RESULT_IMAGE" "$RESULT_REPORT"; do
	result "$file" ''
done

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
check action "$ACTION" 'rollback|rollforward|pause|resume' 'rollback, rollforward, pause or resume'
check_number deadline "$DEADLINE_SECONDS"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/pipeline-run.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/acquire.sh"
. "$(dirname "$0")/release.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/hold.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/judge.sh"
. "$(dirname "$0")/conclude.sh"
. "$(dirname "$0")/report.sh"

begun=$(now)

# tell: the results, and how the traffic is shared.
tell() {
	read_routing || :
	weights=$(shares)
	report=$(report)
	write_results
}

# give_in REASON: tells it, and fails the step.
give_in() {
	reason=$1
	tell
	fail "$1"
}

# find_experiment: the one of the run that has the service, or else the one that the routing is used for, which a person has
# made then.
find_experiment() {
	read_lease || :
	load_record
	owner=$(recorded run)
	read_routing || :
	if [ -z "$experiment" ]; then
		owner=
		experiment=$(routed_experiment)
	fi
	[ -z "$experiment" ] || ! read_experiment || return 0
	after=
	[ "$ACTION" != rollback ] || after='; the way back from a version that is live is the Pipeline for undo'
	give_in "no experiment of service $SERVICE in $NAMESPACE is in progress, so there is nothing to $ACTION; nothing was changed; kubectl -n $NAMESPACE get experiments shows those that have ended$after"
}

# require_ready: all the traffic goes to no version that does not run.
require_ready() {
	case $ACTION in
	rollback)
		available "$baseline" ||
			give_in "the baseline $baseline does not run, so the traffic can't go back to it; nothing was changed; repair it, or roll forward"
		;;
	rollforward)
		available "$candidate" && rolled_out "$candidate" ||
			give_in "the candidate $candidate is not there, or not all of its pods are ready, so it can't have all the traffic; nothing was changed; wait until it is ready, or roll back"
		;;
	esac
}

# request PATCH: asks iter8 for it, unless somebody changes the experiment at the same time.
request() {
	say "experiment $experiment: $ACTION"
	override "$1"
}

# end_experiment_now: has iter8 end it, and waits until all the traffic is where it belongs.
end_experiment_now() {
	local until patch share=candidate asked=
	patch=$(printf '%s' "$ITER8_PROMOTE" | sed "s/@candidate@/$candidate/")
	if [ "$ACTION" = rollback ]; then
		patch=$ITER8_TERMINATE
		share=baseline
	fi
	until=$(($(now) + END_SECONDS))
	while read_experiment && ! completed; do
		if [ -z "$asked" ] || [ "$(asked_for)" != end ]; then
			read_routing || :
			require_ready
			! request "$patch" || asked=yes
		fi
		if [ "$(now)" -ge "$until" ]; then
			without_iter8
			return
		fi
		pause
	done
	[ -n "$asked" ] || decide
	read_routing || :
	while [ "$(weight "$share")" = 100 ] && [ "$(traffic "$kept")" != 100 ] && [ "$(now)" -lt "$until" ]; do
		pause
		read_routing || :
	done
	say "the experiment has ended: $(state message); $kept has $(traffic "$kept") % of the traffic"
}

# decide: the experiment has ended by itself; where the run waits for a person, or is about to, it sees that.
decide() {
	[ "$(weight baseline)" = 100 ] && [ "$(state winner)" = "$candidate" ] || return 0
	read_lease && [ "$(recorded run)" = "$owner" ] && [ -z "$(recorded verdict)" ] || return 0
	read_routing || :
	require_ready
	say "experiment $experiment has ended; decision: $ACTION"
	kube_anyway patch "$ITER8_RESOURCE" "$experiment" --type merge \
		-p "{\"metadata\":{\"annotations\":{\"cdk8s-iter8/decision\":\"$ACTION\"}}}" >/dev/null || missing $?
}

# without_iter8: it does not answer. Going back must not wait for it; going on is not so urgent.
without_iter8() {
	[ "$ACTION" = rollback ] && [ -n "$owner" ] ||
		give_in "iter8 did not end experiment $experiment within $END_SECONDS seconds: $(state phase), $(state message); is iter8's controller running? it will end the experiment once it does"
	say "iter8 has not ended the experiment within $END_SECONDS seconds, so this is done without it; is iter8's controller running?"
	END_SECONDS=0
	read_lease || return 0
	# A run that has ended looks no more whether it still has the service.
	[ "$(holder_state)" = ended ] || leave_it=yes
	if take_over; then
		finish_work 'a person ended the experiment, and iter8 did not answer'
	fi
}

# take_over: takes the service from the run that has it. Tells whether that run still had something to do.
take_over() {
	since=$(began)
	while [ "$(recorded run)" = "$owner" ] && [ -z "$(recorded verdict)" ]; do
		! take || return 0
		read_lease || return 1
	done
	return 1
}

# finish_work REASON: does the rest of the run's work, and lets the next one have the service.
finish_work() {
	load_record
	say "finishing the work of run ${last_holder:-$owner} on $SERVICE"
	conclude aborted "$1"
	release
}

# await_run: until the run whose experiment it is has finished its work, or has ended without having done so.
await_run() {
	[ -z "$verdict" ] && [ -n "$owner" ] || return 0
	say "waiting until run $(recorded pipeline-run) has finished its work on $SERVICE"
	while read_lease && [ "$(recorded run)" = "$owner" ]; do
		load_record
		[ -z "$verdict" ] || return 0
		# Its own where this is tried again after its pod was killed.
		if { held || free; } && take_over; then
			finish_work 'the run ended without its finally'
			return
		fi
		if [ "$(now)" -ge $((begun + DEADLINE_SECONDS)) ]; then
			still_at_work="; run $(recorded pipeline-run) is still at work, and will remove the version that lost"
			return
		fi
		pause
	done
}

# finish_override: where the traffic is in the end.
finish_override() {
	read_routing || :
	if [ -z "$verdict" ]; then
		read_experiment || :
		judge aborted 'a person ended the experiment'
		[ -n "$owner" ] || reason="$reason; no run of a pipeline has made the experiment, so no version was deleted"
		reason=$reason$still_at_work
	fi
	tell
	say "$report"
	[ "$winner" = "$kept" ] && [ "$(traffic "$kept")" = 100 ] ||
		fail "the $ACTION to $kept came too late, or was not possible: $reason; run the pipeline again for the version that is to be live"
	say "$ACTION done: $kept has all the traffic"
}

# paused_or_not: whether the experiment stands as is wanted.
paused_or_not() {
	case $ACTION in
	pause) [ "$(state phase)" = Pause ] && paused_by_person ;;
	resume) [ "$(state phase)" != Pause ] && [ -z "$(asked_for)" ] ;;
	esac
}

# pause_or_resume: the experiment keeps its shares of the traffic meanwhile.
pause_or_resume() {
	local until patch asked=
	patch=$ITER8_RESUME
	[ "$ACTION" = resume ] || patch=$ITER8_PAUSE
	until=$(($(now) + END_SECONDS))
	until paused_or_not; do
		[ -n "$asked" ] || ! request "$patch" || asked=yes
		[ "$(now)" -lt "$until" ] ||
			give_in "iter8 did not $ACTION experiment $experiment within $END_SECONDS seconds: $(state phase), $(state message); is iter8's controller running, and not older than 0.1?"
		pause
		if ! read_experiment || completed; then
			give_in "experiment $experiment ended meanwhile: $(state message)"
		fi
	done
	reason="the experiment is ${ACTION}d, with $(weight baseline) % of the traffic on the baseline and $(weight candidate) % on the candidate"
	tell
	say "$report"
	say "$ACTION done: experiment $experiment is ${ACTION}d"
}

still_at_work=
find_experiment
baseline=$(state baseline)
candidate=$(state candidate)
case $ACTION in
pause | resume)
	! completed || give_in "experiment $experiment has ended already, so there is nothing to $ACTION; nothing was changed"
	pause_or_resume
	;;
*)
	# Whoever writes experiments may have written any text.
	matches "$baseline" "$object_name" && matches "$candidate" "$object_name" ||
		give_in "experiment $experiment compares '$(shown "$baseline")' with '$(shown "$candidate")'; expected names of Deployments; nothing was changed; correct it, or delete it"
	kept=$baseline
	[ "$ACTION" = rollback ] || kept=$candidate
	end_experiment_now
	await_run
	finish_override
	;;
esac
