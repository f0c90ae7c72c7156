#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of WaitTask, in both of its uses. As a task (MODE wait) it waits for the verdict on the run's experiment,
# removes the version that lost, and fails where the policy says so. Under finally (MODE finish) it ends whatever is
# still going on, gives the service free for the next run, and writes the report.
# Arguments: how the tasks of the run ended, as NAME=STATUS or NAME=STATUS:REASON.
set -eu
. "$(dirname "$0")/common.sh"

for file in "$RESULT_WINNER" "$RESULT_REASON" "$RESULT_WEIGHTS" "$RESULT_IMAGE" "$RESULT_REPORT"; do
	result "$file" ''
done
result "$RESULT_VERDICT" aborted

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
# stop_load: tells a load that looks there, also when this step fails.
stop_load() {
	[ -z "$STOP_FOLDER" ] || touch "$STOP_FOLDER/$RUN" || say "the stop file $STOP_FOLDER/$RUN could not be written; the load ends by itself"
}
trap 'set -- $?; stop_load; end_of_step "$1"' EXIT
check mode "$MODE" 'wait|finish' 'wait or finish'
check_number deadline "$DEADLINE_SECONDS"
check_number interval "$INTERVAL_SECONDS"
check_number approval-deadline "$APPROVAL_SECONDS"
verdicts='(winner|baseline|inconclusive|aborted|timeout)'
check fail-on "$FAIL_ON" "($verdicts(,$verdicts)*)?" \
	'a list of winner, baseline, inconclusive, aborted and timeout, with commas between'

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/release.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/hold.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/judge.sh"
. "$(dirname "$0")/conclude.sh"
. "$(dirname "$0")/encourage.sh"
. "$(dirname "$0")/gate.sh"
. "$(dirname "$0")/report.sh"

# failed_tasks NAME=STATUS ...: those that failed, with commas between, and how they were ended from outside.
failed_tasks() {
	local list='' ended='' task
	for task; do
		case $task in
		*=Failed:*Cancelled*) ended="$ended${ended:+ and }${task%%=*}" ;;
		*=Failed:*Timeout*) list="$list${list:+, }${task%%=*} took too long" ;;
		*=Failed*) list="$list${list:+, }${task%%=*} failed" ;;
		esac
	done
	[ -z "$ended" ] || list="$list${list:+, }the run was cancelled, or took too long, during $ended"
	printf '%s' "$list"
}

# progress: one line whenever something has changed.
progress() {
	local line
	line="$(state phase), iteration $(state iteration): baseline $(weight baseline) %, candidate $(weight candidate) %: $(state message)"
	[ "$line" = "${last_progress:-}" ] || say "$line"
	last_progress=$line
}

# wait_for_end: until the experiment has ended or is gone, or has to be.
wait_for_end() {
	local until
	until=$(($(now) + DEADLINE_SECONDS))
	say "waiting for experiment $experiment of service $SERVICE: $baseline (baseline) against $candidate (candidate), for at most $DEADLINE_SECONDS seconds"
	while read_experiment && ! completed; do
		progress
		renew
		if superseded; then
			conclude aborted 'a newer run took over'
			return
		fi
		if [ "$(now)" -ge "$until" ]; then
			conclude timeout "the experiment did not end within $DEADLINE_SECONDS seconds; its last state was: $(state phase), $(state message)"
			return
		fi
		encourage
		pause
	done
	progress
	stop_load
	await_decision "$APPROVAL_SECONDS"
	if superseded; then
		conclude aborted 'a newer run took over'
	fi
	conclude aborted 'the experiment was deleted'
}

wait_for_verdict() {
	if [ -n "$verdict" ]; then
		say "the verdict is known already: $verdict"
	elif [ -n "$experiment" ]; then
		wait_for_end
	elif [ "$rollout" = at-once ]; then
		conclude winner "$candidate got all the traffic at once, as the run was asked to"
	elif [ -n "$baseline" ]; then
		conclude aborted 'somebody deleted what the run had recorded, and there is no experiment that says who wins'
	else
		conclude winner 'this is the first deployment of the service, so there is nothing to compare it with'
	fi
}

finish() {
	local failed why
	failed=$(failed_tasks "$@")
	why=$(recorded because)
	if [ -z "$failed" ]; then
		conclude aborted 'the run was cancelled, or took too long'
	else
		conclude aborted "$failed${why:+: $why}"
	fi
}

# nothing_done: the run has not got the service, or has it no more.
nothing_done() {
	local failed why
	failed=$(failed_tasks "$@")
	why=$(recorded "why.$RUN")
	! held || why=$(recorded because)
	verdict=aborted
	case " $* " in
	*' experiment=Succeeded'*)
		reason="another run has taken over the service and finished the work of this one; see its report"
		;;
	*)
		reason="${failed:+$failed, so }nothing was deployed${why:+: $why}"
		;;
	esac
	reason=${lost:-$reason}
}

baseline='' candidate=''
if own_lease; then
	finish_older
	load_record
fi
if ! held || [ -z "$candidate" ]; then
	nothing_done "$@"
elif [ "$MODE" = finish ]; then
	finish "$@"
else
	wait_for_verdict
fi

report=$(report "$@")

write_results
if [ "$MODE" = finish ] && held; then
	release
elif [ "$MODE" = finish ]; then
	leave_lease
fi
say "$report"

case ",$FAIL_ON," in *",$verdict,"*) fail "verdict $verdict: $reason" ;; esac
say "verdict $verdict: $reason"
